import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AnyformerError } from '@anyformer/core';
import { openPairs } from './open.js';
import type { PairSource } from './pair.js';
import { pairsConfig } from './schema.js';
import { writeNewFolder } from './write-folder.js';

const kinds = ['english-german'];

async function* side(source: PairSource, split: string, which: 'source' | 'target'): AsyncGenerator<string> {
  for await (const pair of source.examples(split, { epoch: 0, index: 0, seed: 0 })) yield `${pair[which]}\n`;
}

/** Writes every split of a generated corpus as two aligned files into a new folder; gives the number of pairs in each. */
export const generateFiles = async (
  kind: string,
  folder: string,
  { pairs, level, seed }: { readonly pairs: number; readonly level: number; readonly seed: number },
): Promise<Record<string, number>> => {
  if (!kinds.includes(kind))
    throw new AnyformerError({ code: 'data/kind', who: 'data generate', given: `'${kind}'`, accepted: kinds.join(', '), exit: 2 });
  const source = openPairs(pairsConfig.parse({ kind, pairs, level }), { seed, directory: folder });
  await writeNewFolder(folder, async (into) => {
    for (const split of source.splits)
      for (const [which, ending] of [
        ['source', 'en'],
        ['target', 'de'],
      ] as const)
        await pipeline(Readable.from(side(source, split, which)), createWriteStream(path.join(into, `${split}.${ending}`)));
  });
  return Object.fromEntries(source.splits.map((split) => [split, source.size!(split)!]));
};
