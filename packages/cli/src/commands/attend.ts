import { AnyformerError, loadModel } from '@anyformer/core';
import type { Call } from '../declaration.js';
import { writeAttentionPage } from './attention.js';
import { pluginsOf } from './stored.js';
import { common } from './values.js';

export const parse = common;

/** `attend MODEL --input …`: the attention page of one input. */
export const run = async (call: Call): Promise<void> => {
  const folder = call.arguments[0] as string;
  const { input, output, task, look, out, engine, threads } = call.options;
  if (!input?.trim())
    throw new AnyformerError({
      code: 'usage/missing-option',
      who: 'attend',
      given: 'no --input',
      accepted: "--input 'a sentence'",
      exit: 2,
    });
  const model = await loadModel(folder, { plugins: await pluginsOf(call, folder), engine, threads, note: (line) => call.note(line) });
  try {
    const written = await writeAttentionPage(model, { input, output, task, look }, out);
    await call.out(call.json ? JSON.stringify({ page: out, input, output: written }) : `${out}: ${input} → ${written}`);
  } finally {
    model.dispose();
  }
};
