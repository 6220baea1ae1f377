import fc from 'fast-check';
import { type DecodeOptions, type DecodeRequest, penaltyOf, resolveDecode } from './options.js';
import { nameOf, type Plain } from './prefix-scorer.test-support.js';
import type { Written } from './scorer.js';

/** Ids of the small languages that are searched. */
export const size = 5;
/** What is asked, where nothing else is said. */
export const request = (over: Partial<DecodeRequest> = {}): DecodeRequest => ({ examples: 1, startId: 0, endIds: [1], ...over });

/** The best of what a definition gives, by score; the first found of equals. */
export const ranked = (found: readonly Plain[], options: DecodeOptions, count: number) => {
  const penalty = penaltyOf(resolveDecode(options));
  return found
    .map((one) => ({ name: nameOf(one), score: one.sum / penalty(one.length), sum: one.sum }))
    .sort((a, b) => b.score - a.score)
    .slice(0, count);
};

/** Whether this was written; behind it only what nothing could follow. */
export const agrees = (written: readonly Written[], expected: readonly { name: string; score: number; sum: number }[]): boolean =>
  written.length >= expected.length &&
  written.slice(expected.length).every(({ ended }) => !ended) &&
  expected.every((_, i) => {
    const one = written[i]!;
    return (
      nameOf(one) === expected[i]!.name &&
      Math.abs(one.score - expected[i]!.score) < 1e-9 &&
      Math.abs(one.logProbability - expected[i]!.sum) < 1e-9 &&
      Math.abs(one.steps.reduce((a, b) => a + b, 0) - one.logProbability) < 1e-9 &&
      one.steps.length === one.ids.length + (one.ended ? 1 : 0)
    );
  });

/** Any length penalty. */
export const penalties = fc.record({
  lengthPenalty: fc.constantFrom(-1, -0.3, 0, 0.3, 0.6, 1, 2),
  lengthPenaltyKind: fc.constantFrom('gnmt' as const, 'average' as const),
});
/** Any limits on what may be written. */
export const constraints = fc.record(
  { minLength: fc.integer({ min: 0, max: 3 }), noRepeat: fc.integer({ min: 1, max: 3 }), repetitionPenalty: fc.constantFrom(0.5, 1, 1.5) },
  { requiredKeys: [] },
);
/** Any wishes of a caller. */
export const demands = fc.record(
  {
    endIds: fc.constantFrom([1], [1, 3], [4]),
    never: fc.constantFrom([], [2], [0, 2]),
    suppressed: fc.constantFrom([], [[2, 2]], [[3, 2, 4], [0]]),
    prefixes: fc.constantFrom([undefined], [[2]], [[4, 0]], [[2, 3, 0]]),
  },
  { requiredKeys: [] },
);
