import { z } from 'zod';
import { badLine } from './lines.js';
import type { Pair, PairCounts } from './pair.js';
import type { Located } from './readers.js';

/** The `filter:` section of file data. Lengths are in characters; length and ratio are for training only. */
export const filterConfig = z.strictObject({
  maxLength: z.int().positive().optional().describe('characters of the longer side'),
  maxRatio: z.number().min(1).optional().describe('length of the longer side over that of the shorter'),
  empty: z.enum(['error', 'drop']).default('error').describe('what a pair with an empty side is'),
});

/** A parsed {@link filterConfig}. */
export type Filter = z.infer<typeof filterConfig>;

/** Trims both sides and lets through what the filter accepts, counting the rest. `done` is told the counts at the end. */
export async function* filtered(
  pairs: AsyncIterable<Located>,
  filter: Filter,
  training: boolean,
  done: (counts: PairCounts) => void,
): AsyncGenerator<Pair> {
  const counts = { read: 0, kept: 0, empty: 0, tooLong: 0, unevenLengths: 0 };
  const { maxLength = Number.POSITIVE_INFINITY, maxRatio = Number.POSITIVE_INFINITY } = training ? filter : {};
  for await (const { files, line, ...pair } of pairs) {
    counts.read += 1;
    const source = pair.source.trim();
    const target = pair.target.trim();
    const longer = Math.max(source.length, target.length);
    const shorter = Math.min(source.length, target.length);
    if (shorter === 0) {
      if (filter.empty === 'error') {
        const side = source.length === 0 ? 'source' : 'target';
        const fix = 'Remove the pair, or leave such pairs out with filter: { empty: drop }.';
        throw badLine(files[side], line, `an empty ${side} side`, 'text on both sides', fix);
      }
      counts.empty += 1;
    } else if (longer > maxLength) counts.tooLong += 1;
    else if (longer / shorter > maxRatio) counts.unevenLengths += 1;
    else {
      counts.kept += 1;
      yield { source, target, at: { files, line } };
    }
  }
  done(counts);
}
