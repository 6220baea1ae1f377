import path from 'node:path';
import { type DataCursor, type Split, unknownSplit } from '@anyformer/core';
import { englishGermanPairs } from './english-german.js';
import { filePairs, requireFiles } from './file-pairs.js';
import type { PairSource } from './pair.js';
import { aligned, jsonl, type Located, tsv } from './readers.js';
import { reversedWords } from './reversed-words.js';
import type { PairsConfig } from './schema.js';

type FileConfig = Extract<PairsConfig, { readonly splits: unknown }>;
type Sides = { readonly source: string; readonly target: string };

const openFiles = async (config: FileConfig, directory: string): Promise<PairSource> => {
  const { filter, shuffle } = config;
  const at = (file: string): string => path.resolve(directory, file);
  const resolved = <Given, Files>(splits: Readonly<Record<string, Given>>, f: (given: Given) => Files): Record<string, Files> =>
    Object.fromEntries(Object.entries(splits).map(([split, given]) => [split, f(given)]));
  const open = async <Files>(splits: Record<string, Files>, read: (files: Files) => AsyncIterable<Located>): Promise<PairSource> => {
    await requireFiles(Object.values(splits).flatMap((files) => (typeof files === 'string' ? [files] : Object.values(files as Sides))));
    return filePairs({ splits, read, filter, shuffle });
  };
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
    throw unknownSplit('A model without data', split, []);
  },
});

/** Where a translation's pairs come from. Files are looked for at once. */
export const openPairs = async (
  config: PairsConfig,
  { seed, directory }: { readonly seed: number; readonly directory: string },
): Promise<PairSource> => {
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
