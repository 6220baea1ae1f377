import { writeFile } from 'node:fs/promises';
import { AnyformerError, attentionPage, GenerationModel, type LoadedModel } from '@anyformer/core';

/** What a page is about. */
export interface Attended {
  readonly input: string;
  /** What is written; the model's own best unless given. */
  readonly output?: string | undefined;
  /** Which of the model's tasks; the first that writes unless said. */
  readonly task?: string | undefined;
  /** A word that is picked out at first. */
  readonly look?: string | undefined;
}

/** The task that reads and writes, by its id or the first one. */
const writerOf = (
  { model, mixture, folder }: LoadedModel,
  wanted: string | undefined,
): { readonly id: string; readonly writer: GenerationModel } => {
  const ids = mixture.map(({ task }) => task.id);
  for (const id of ids) {
    const writer = model.task(id);
    if ((wanted === undefined || wanted === id) && writer instanceof GenerationModel) return { id, writer };
  }
  throw new AnyformerError({
    code: 'attend/task',
    who: folder,
    given: wanted === undefined ? 'no task that writes' : `no task '${wanted}' that writes`,
    accepted: `a model that reads and writes; this one has ${ids.join(', ')}`,
    exit: 2,
  });
};

/** Writes one self-contained page: every layer and head, while the input is read and the output written. Gives back the output. */
export const writeAttentionPage = async (model: LoadedModel, { input, output, task, look }: Attended, file: string): Promise<string> => {
  const { writer } = writerOf(model, task);
  const written = output ?? String((await writer.generate([input]))[0]?.[0]?.output ?? '');
  if (written === '')
    throw new AnyformerError({
      code: 'attend/nothing-written',
      who: model.folder,
      given: `nothing is written for '${input}'`,
      accepted: 'an output to look at',
      fix: 'Give one with --output, or train the model longer.',
      exit: 2,
    });
  const maps = await writer.attention({ input, output: written });
  const page = attentionPage({ title: 'Where each word looks', note: `${input} → ${written}`, maps, open: { row: look } });
  try {
    await writeFile(file, page);
  } catch (error) {
    throw new AnyformerError({
      code: 'attend/write',
      who: file,
      given: `not written: ${(error as Error).message}`,
      accepted: 'a file in a folder that is there',
      fix: 'Choose another --out.',
      exit: 2,
      cause: error,
    });
  }
  return written;
};
