import path from 'node:path';
import { type DataCursor, type Split, unknownSplit } from '@anyformer/core';
import { englishGermanPairs } from './english-german.js';
import { filePairs } from './file-pairs.js';
import type { PairSource } from './pair.js';
import { aligned, jsonl, type Located, tsv } from './readers.js';
import { reversedWords } from './reversed-words.js';
import type { PairsConfig } from './schema.js';

type FileConfig = Extract<PairsConfig, { readonly splits: unknown }>;
type Sides = { readonly source: string; readonly target: string };

const openFiles = (config: FileConfig, directory: string): PairSource => {
  const { filter, shuffle } = config;
  const at = (file: string): string => path.resolve(directory, file);
  const resolved = <Given, Files>(splits: Readonly<Record<string, Given>>, f: (given: Given) => Files): Record<string, Files> =>
    Object.fromEntries(Object.entries(splits).map(([split, given]) => [split, f(given)]));
  const open = <Files extends string | Sides>(splits: Record<string, Files>, read: (files: Files) => AsyncIterable<Located>): PairSource =>
    filePairs({ splits, read, names: (files) => (typeof files === 'string' ? [files] : [files.source, files.target]), filter, shuffle });
  switch (config.kind) {
    case 'aligned':
      return open(
        resolved(config.splits, ({ source, target }: Sides) => ({ source: at(source), target: at(target) })),
        ({ source, target }) => aligned(source, target),
      );
    case 'tsv':
      return open(resolved(config.splits, at), (file) => tsv(file, config.columns));
    case 'jsonl':
      return open(resolved(config.splits, at), (file) => jsonl(file, config.fields));
  }
};

/** No pairs at all: of a model that came from elsewhere. */
const noPairs = (): PairSource => ({
  splits: [],
  // biome-ignore lint/correctness/useYield: it never has anything to give
  async *examples(split: Split, _from: DataCursor) {
    throw unknownSplit('A model without data', split, ['none: give a config with data']);
  },
});

/** Where a translation's pairs come from. Files are looked for when they are read, those of every split when training begins. */
export const openPairs = (config: PairsConfig, { seed, directory }: { readonly seed: number; readonly directory: string }): PairSource => {
  switch (config.kind) {
    case 'reversed-words':
      return reversedWords({ ...config, seed });
    case 'none':
      return noPairs();
    case 'english-german':
      return englishGermanPairs({ ...config, seed });
    default:
      return openFiles(config, directory);
  }
};
