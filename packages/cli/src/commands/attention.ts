import type { LoadedModel } from '@anyformer/core';

export const writeAttentionPage = async (_model: LoadedModel, _what: { input: string; task: string }, _file: string): Promise<void> =>
  undefined;
