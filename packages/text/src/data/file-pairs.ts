import { stat } from 'node:fs/promises';
import { AnyformerError, type Split, stream, unknownSplit } from '@anyformer/core';
import { type Filter, filtered } from './filters.js';
import { type Pair, type PairCounts, type PairSource, placeText } from './pair.js';
import type { Located } from './readers.js';
import { shuffled } from './shuffled.js';

/** Fails with all that are missing. */
const requireFiles = async (files: readonly string[]): Promise<void> => {
  const found = await Promise.all(
    files.map((file) =>
      stat(file).then(
        (held) => held.isFile(),
        () => false,
      ),
    ),
  );
  const missing = files.filter((_, i) => !found[i]);
  if (missing.length === 0) return;
  throw new AnyformerError({
    code: 'data/no-file',
    who: 'The text files',
    given: `no file ${missing.join(', ')}`,
    accepted: 'text files in UTF-8, or their .gz',
    fix: 'Check the paths under data; relative ones start at the folder of the config.',
    exit: 2,
  });
};

export interface FilePairsOptions<Files> {
  /** Files of each split. */
  readonly splits: Readonly<Record<string, Files>>;
  readonly read: (files: Files) => AsyncIterable<Located>;
  /** Their names. */
  readonly names: (files: Files) => readonly string[];
  readonly filter: Filter;
  /** Pairs held to shuffle the training split; 0 for the order of the file. */
  readonly shuffle: number;
}

/**
 * Pairs from files, read anew each epoch and never held as a whole. The order of an epoch depends on (seed, epoch) alone: reading from a
 * cursor goes through the epoch again up to it, and on from there exactly as before.
 */
export const filePairs = <Files>({ splits, read, names: namesOf, filter, shuffle }: FilePairsOptions<Files>): PairSource => {
  const names = Object.keys(splits);
  const counts = new Map<Split, PairCounts>();
  const filesOf = (split: Split): Files => {
    const files = splits[split];
    if (files === undefined || !Object.hasOwn(splits, split)) throw unknownSplit('The text files', split, names);
    return files;
  };
  return {
    splits: names,
    size: (split) => {
      filesOf(split);
      return counts.get(split)?.kept;
    },
    counts: (split) => counts.get(split),
    place: ({ at }) => at && placeText(at),
    async *examples(split, { seed, epoch, index }) {
      const training = split === 'train';
      // A model can be loaded where its text is not; but who begins to train should not learn hours later that valid is missing.
      await requireFiles((training ? Object.values(splits) : [filesOf(split)]).flatMap(namesOf));
      const kept: AsyncIterable<Pair> = filtered(read(filesOf(split)), filter, training, (made) => counts.set(split, made));
      const ordered = training && shuffle > 0 ? shuffled(kept, shuffle, stream(seed, 'shuffle', epoch)) : kept;
      let place = 0;
      for await (const pair of ordered) if (place++ >= index) yield pair;
    },
  };
};
