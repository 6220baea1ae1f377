import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { AnyformerError, type ModalityContext, type ModalityKind } from '@anyformer/core';
import { z } from 'zod';
import { byteCodec, restoreCodec, type TextCodec, tokenizerJsonCodec, trainBpeCodec, trainVocabulary } from './codecs/index.js';
import { text } from './modality.js';

const vocabulary = z.int().min(8).max(1_000_000);

const codecConfig = z.union([
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.enum(['bpe', 'byte-bpe']), vocabulary: vocabulary.describe('pieces in all, special ones included') }),
    z.strictObject({
      kind: z.enum(['characters', 'words']),
      vocabulary: vocabulary.optional().describe('at most; all that occur unless said'),
    }),
    z.strictObject({ kind: z.literal('bytes') }),
  ]),
  z.strictObject({
    file: z.string().min(1).describe('a tokenizer.json of Hugging Face tokenizers; relative paths start at the folder of the config'),
  }),
]);

const options = z.strictObject({
  codec: codecConfig.describe('how texts become ids; learned from the training data, or read from a file'),
  lengthLimit: z.int().positive().max(1_000_000).default(1024).describe('most ids of one text'),
  tied: z.boolean().default(true).describe('written by the table it is read by'),
  outputBias: z.boolean().default(false).describe('a bias on the logits'),
  inputEnd: z.boolean().default(true).describe('the encoder reads an end id behind the text'),
});

const readCodec = async (found: string): Promise<TextCodec> => {
  const held = await readFile(found, 'utf8').catch((cause) => {
    throw new AnyformerError({
      code: 'codec/no-file',
      who: found,
      given: 'no readable file',
      accepted: 'a tokenizer.json',
      fix: 'Check the path; a relative one starts at the folder of the config.',
      exit: 2,
      cause,
    });
  });
  return tokenizerJsonCodec(held, { file: found });
};

const makeCodec = (config: z.infer<typeof codecConfig>, { directory, samples }: ModalityContext): TextCodec | Promise<TextCodec> => {
  if ('file' in config) return readCodec(path.resolve(directory, config.file));
  const lines = samples() as AsyncIterable<string>;
  switch (config.kind) {
    case 'bpe':
      return trainBpeCodec(lines, { vocabulary: config.vocabulary });
    case 'byte-bpe':
      return trainBpeCodec(lines, { vocabulary: config.vocabulary, level: 'byte' });
    case 'bytes':
      return byteCodec();
    default:
      return trainVocabulary(config.kind, lines, config.vocabulary);
  }
};

/** The kind `text`: its codec is restored where files of a checkpoint are given, else learned from the training data. */
export const textKind: ModalityKind<z.infer<typeof options>> = {
  kind: 'text',
  options,
  async create({ codec: config, ...chosen }, context: ModalityContext) {
    const { id, files } = context;
    const kind = 'kind' in config ? config.kind : undefined;
    const codec = files ? restoreCodec(files, kind) : await makeCodec(config, context);
    return text({ id, codec, ...chosen });
  },
};
