/** How far two curves of losses are apart. */
export interface CurveGap {
  /** Steps that both have. */
  readonly steps: number;
  /** Between the first losses. */
  readonly first: number;
  /** The most between means of 100 steps; null below 100. */
  readonly mean: number | null;
}

const window = 100;

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Compares loss curves of the same run on two engines: rounding makes single steps drift apart, not their means. */
export const curveGap = (a: readonly number[], b: readonly number[]): CurveGap => {
  const steps = Math.min(a.length, b.length);
  const starts = Array.from({ length: Math.floor(steps / window) }, (_, i) => i * window);
  const apart = starts.map((from) => Math.abs(mean(a.slice(from, from + window)) - mean(b.slice(from, from + window))));
  return { steps, first: Math.abs((a[0] ?? Number.NaN) - (b[0] ?? Number.NaN)), mean: apart.length > 0 ? Math.max(...apart) : null };
};
