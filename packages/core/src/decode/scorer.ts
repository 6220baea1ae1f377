/**
 * What decoding drives: anything that says how likely each id is to be written next. A Transformer with caches, a recurrent network, a
 * table in a test. Rows are hypotheses, of one or of many examples.
 */
export interface Scorer {
  /** `v`: ids are 0 … size - 1. */
  readonly size: number;
  /** Logits [rows, v] of the next position, row after row, given the id that each row wrote last; one position forward. */
  advance(last: Int32Array): Float32Array | Promise<Float32Array>;
  /** Rows after this call are the given rows from before it; they may repeat or be missing. */
  reorder(rows: Int32Array): void | Promise<void>;
}

/** One finished sequence of ids. */
export interface Written {
  /** What was written, without the start and the end id. */
  readonly ids: readonly number[];
  /** Sum of the log-probabilities over the length penalty: what sequences are ranked by. */
  readonly score: number;
  /** Sum of the log-probabilities of all that was written, the end included. */
  readonly logProbability: number;
  /** Log-probability of each id, and of the end where there is one. */
  readonly steps: readonly number[];
  /** Whether it came to an end id, or was cut at the longest length. */
  readonly ended: boolean;
}

/** Several scorers as one: the mean of their log-probabilities (a product of experts), or of their probabilities. */
export const ensemble = (scorers: readonly Scorer[], mean: 'log-probabilities' | 'probabilities' = 'log-probabilities'): Scorer => {
  const size = scorers[0]!.size;
  return {
    size,
    async advance(last) {
      const all = await Promise.all(scorers.map((scorer) => scorer.advance(last)));
      const sum = new Float64Array(last.length * size);
      const row = new Float64Array(size);
      for (const logits of all)
        for (let r = 0; r < last.length; r++) {
          logSoftmax(logits, r * size, row);
          for (let i = 0; i < size; i++) sum[r * size + i]! += mean === 'probabilities' ? Math.exp(row[i]!) : row[i]!;
        }
      return Float32Array.from(sum, (value) => (mean === 'probabilities' ? Math.log(value / all.length) : value / all.length));
    },
    async reorder(rows) {
      for (const scorer of scorers) await scorer.reorder(rows);
    },
  };
};

/** Log-probabilities of the `into.length` logits from `at` on; sums in float64. */
export const logSoftmax = (logits: Float32Array, at: number, into: Float64Array): void => {
  const { length } = into;
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < length; i++) if (logits[at + i]! > largest) largest = logits[at + i]!;
  let sum = 0;
  for (let i = 0; i < length; i++) sum += Math.exp(logits[at + i]! - largest);
  const shift = largest + Math.log(sum);
  for (let i = 0; i < length; i++) into[i] = logits[at + i]! - shift;
};
