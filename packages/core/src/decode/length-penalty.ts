/**
 * Divides a sum of log-probabilities. `length` counts what was written, the end included. Must be above 0 and monotone: falling, constant
 * or rising over all lengths.
 */
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
 * The best score that an open hypothesis with the log-probability `sum` can still reach, where it can end with any length from `shortest`
 * to `longest`.
 *
 * Proof. Let P be the penalty. Whatever follows has log-probabilities of at most 0, so it ends with a sum S <= `sum` <= 0 and a length n in
 * [shortest, longest], and scores S / P(n) <= sum / P(n), since P(n) > 0. As `sum` <= 0, sum / P(n) is largest where P(n) is:
 *
 * - alpha > 0: P rises, so at n = longest, and the bound is sum / P(longest);
 * - alpha = 0: P is 1, and the bound is `sum`;
 * - alpha < 0: P falls, so at n = shortest, which is the next length, or the first that the shortest allowed length permits.
 *
 * The larger of the two ends is thus a bound for every monotone P, and it is attained by ends of probability 1: no smaller one is right
 * without knowing the model. A search that stops once no open hypothesis has a bound above the worst score that it will give back gives
 * back exactly what it would have given without stopping; a tie changes nothing, since the sequence found first is kept.
 */
export const bestReachable = (sum: number, shortest: number, longest: number, penalty: LengthPenalty): number =>
  Math.max(sum / penalty(Math.min(shortest, longest)), sum / penalty(longest));
