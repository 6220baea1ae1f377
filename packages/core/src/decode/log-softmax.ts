/** Steps of the table per factor of two. */
const steps = 16;
/** 2^(-i / 16): everything a float64 can hold. */
const powers = Float64Array.from({ length: steps * 1074 }, (_, i) => 2 ** (-i / steps));
const inverse = steps * Math.LOG2E;
const step = Math.LN2 / steps;

/**
 * e^x for x <= 0, to 4.1e-11 of it: a power from the table times a Taylor series on the rest, which is at most ln(2) / 32. Three times as
 * fast as Math.exp, which is most of what decoding does on the host.
 */
export const expNegative = (x: number): number => {
  const i = Math.floor(0.5 - x * inverse);
  if (!(i < powers.length)) return Number.isNaN(x) ? x : 0;
  const r = x + i * step;
  return powers[i]! * (1 + r * (1 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24)))));
};

/**
 * Log-probabilities of the `into.length` logits from `at` on, summed in float64; what was written is at most 0. Returns what was
 * subtracted: finite, or the logits were not.
 */
export const logSoftmax = (logits: Float32Array, at: number, into: Float64Array): number => {
  const { length } = into;
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < length; i++) if (logits[at + i]! > largest) largest = logits[at + i]!;
  let sum = 0;
  for (let i = 0; i < length; i++) sum += expNegative(logits[at + i]! - largest);
  const shift = largest + Math.log(sum);
  for (let i = 0; i < length; i++) into[i] = logits[at + i]! - shift;
  return shift;
};
