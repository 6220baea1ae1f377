import { z } from 'zod';
import { filterConfig } from './filters.js';

const file = z.string().min(1).describe('path; relative ones start at the folder of the config; .gz is unpacked');

/** Files by split: `train` is what is trained on; others go by any name. */
const splits = <Files extends z.ZodType>(files: Files) =>
  z.record(z.string().regex(/^[\w-]+$/), files).refine((held) => 'train' in held, { message: "accepted: files for 'train' at least" });

const column = z.union([z.int().positive(), z.string().min(1)]);
const common = {
  filter: filterConfig.prefault({}),
  shuffle: z.int().min(0).default(20_000).describe('pairs held to shuffle the training split; 0: the order of the file'),
};

/** The `data:` section of a translation. */
export const pairsConfig = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('aligned'), splits: splits(z.strictObject({ source: file, target: file })), ...common }),
  z.strictObject({
    kind: z.literal('tsv'),
    splits: splits(file),
    columns: z
      .strictObject({ source: column, target: column })
      .default({ source: 1, target: 2 })
      .describe('numbers from 1 on, or names in the first line'),
    ...common,
  }),
  z.strictObject({
    kind: z.literal('jsonl'),
    splits: splits(file),
    fields: z.strictObject({ source: z.string(), target: z.string() }).describe('such as translation.de'),
    ...common,
  }),
  z.strictObject({
    kind: z.literal('english-german'),
    level: z
      .union([z.literal(1), z.literal(2)])
      .default(1)
      .describe('1: short sentences; 2: everything'),
    pairs: z.int().positive().default(12_000).describe('pairs in an epoch; each epoch brings new ones'),
    pronouns: z.number().min(0).max(1).optional().describe('share of training sentences with a pronoun to resolve; some 13 % unless said'),
  }),
  z.strictObject({
    kind: z.literal('reversed-words'),
    pairs: z.int().positive().default(10_000).describe('pairs in an epoch; each epoch brings new ones'),
    words: z.int().min(2).max(676).default(20).describe('different words'),
    longest: z.int().min(4).max(64).default(12).describe('words of the longest text'),
  }),
  z.strictObject({ kind: z.literal('none') }).describe('no data: a model that came from elsewhere'),
]);

/** A parsed {@link pairsConfig}. */
export type PairsConfig = z.infer<typeof pairsConfig>;
/** A {@link pairsConfig} as somebody writes it. */
export type PairsConfigInput = z.input<typeof pairsConfig>;
