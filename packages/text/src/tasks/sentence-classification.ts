import { classification, generated, type Task, type TaskKind } from '@anyformer/core';
import { z } from 'zod';
import { englishGerman, type SentencePair, sentenceKinds } from '../corpora/english-german/index.js';

/** Options of a `sentence-classification` task. */
const options = z.strictObject({
  input: z.string().describe('id of a text modality'),
  data: z.strictObject({
    kind: z.literal('english-german'),
    level: z
      .union([z.literal(1), z.literal(2)])
      .default(1)
      .describe('1: short sentences; 2: everything'),
    sentences: z.int().positive().default(12_000).describe('sentences in an epoch; each epoch brings new ones'),
    language: z.enum(['english', 'german']).default('english'),
  }),
  labelSmoothing: z.number().min(0).max(0.99).default(0),
});

/** Tells kinds of sentences apart: question, comparison, price, date, … The classes are the corpus's own. */
export const sentenceClassification: TaskKind<z.infer<typeof options>, SentencePair> = {
  kind: 'sentence-classification',
  options,
  uses: ({ input }) => [input],
  data({ data: { level, sentences } }, { seed }) {
    const corpus = englishGerman({ level, seed });
    const source = generated<SentencePair>({
      name: 'sentences',
      seed,
      epoch: sentences,
      draw: (random) => corpus.train(random.integer(2 ** 32)),
    });
    return {
      ...source,
      async *examples(split, from) {
        if (split !== 'valid' && split !== 'test') yield* source.examples(split, from);
        else yield* corpus.heldOut(split as 'valid' | 'test', source.size!(split)!).slice(from.index);
      },
    };
  },
  parts: (pair, { input, data }) => [[input, pair[data.language]]],
  create: ({ input, data: { level, language }, labelSmoothing }, { id, data, modality }): Task =>
    classification<SentencePair>({
      id,
      data,
      input: modality(input),
      classes: sentenceKinds(level),
      raw: (pair) => pair[language],
      label: ({ kind }) => kind,
      labelSmoothing,
    }),
};
