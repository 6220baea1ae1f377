/** Divides a sum of log-probabilities. `length` counts what was written, the end included. */
export type LengthPenalty = (length: number) => number;

/** ((5 + length) / 6)^alpha (Wu et al. 2016, section 7). */
export const gnmtPenalty =
  (alpha: number): LengthPenalty =>
  (length) =>
    ((5 + length) / 6) ** alpha;

/** length^alpha: with 1 the mean log-probability. */
export const averagePenalty =
  (alpha: number): LengthPenalty =>
  (length) =>
    length ** alpha;

/**
 * The best score that an open hypothesis can still reach. Later log-probabilities are at most 0, so its sum never rises above today's; a
 * penalty is monotone in the length, so the sum over the penalty is largest either at the next length (penalties that fall) or at the
 * longest (penalties that rise). A search that stops when this is no better than what it has finished has lost nothing.
 */
export const bestReachable = (sum: number, length: number, longest: number, penalty: LengthPenalty): number =>
  Math.max(sum / penalty(Math.min(length + 1, longest)), sum / penalty(longest));
