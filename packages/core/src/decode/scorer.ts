import { AnyformerError } from '@anyformer/engine';
import { logSoftmax } from './log-softmax.js';

/**
 * What decoding drives: anything that says how likely each id is to be written next. A Transformer with caches, a recurrent network, a
 * table in a test. Rows are hypotheses, of one or of many examples.
 */
export interface Scorer {
  /** `v`: ids are 0 … size - 1. */
  readonly size: number;
  /** Whether `advance` gives log-probabilities, to be taken as they are. */
  readonly normalized?: boolean;
  /**
   * Logits [rows, v] of the next position, row after row, given the id that each row wrote last; one position forward. The array is read
   * before the next call and may be used again.
   */
  advance(last: Int32Array): Float32Array | Promise<Float32Array>;
  /**
   * What the logits that `advance` gave last for a row are above log-probabilities, where the scorer has found out: the logarithm of
   * the sum of their exponentials. Otherwise decoding does.
   */
  shift?(row: number): number;
  /** The likeliest id of a row by what `advance` gave last, the first of equals, where the scorer has found out; together with `shift`. */
  best?(row: number): number;
  /** Rows after this call are the given rows from before it; they may repeat or be missing. */
  reorder(rows: Int32Array): void | Promise<void>;
}

/** One finished sequence of ids. */
export interface Written {
  /** What was written, without the start and the end id. */
  readonly ids: readonly number[];
  /** Sum of the log-probabilities over the length penalty: what sequences are ranked by. */
  readonly score: number;
  /** Sum of the log-probabilities of all that was chosen, the end included: of {@link steps}. */
  readonly logProbability: number;
  /** Log-probability of each id, and of the end where there is one; 0 where it was forced. */
  readonly steps: readonly number[];
  /** Whether it came to an end id; else it was cut at the longest length, or nothing more was allowed. */
  readonly ended: boolean;
}

const shifted = (logits: Float32Array, at: number, shift: number, into: Float64Array): number => {
  for (let i = 0; i < into.length; i++) into[i] = logits[at + i]! - shift;
  return shift;
};

/** Log-probabilities of one row of what a scorer gave. Returns what the logits were shifted by. */
export const logProbabilities = (scorer: Scorer, logits: Float32Array, row: number, into: Float64Array): number => {
  const at = row * scorer.size;
  if (at + scorer.size > logits.length)
    throw new AnyformerError({
      code: 'decode/scorer',
      who: 'Decoding',
      given: `${logits.length} logits`,
      accepted: `${scorer.size} for each row, ${row + 1} rows at least`,
    });
  if (scorer.normalized) {
    into.set(logits.subarray(at, at + scorer.size));
    return 0;
  }
  const shift = scorer.shift ? shifted(logits, at, scorer.shift(row), into) : logSoftmax(logits, at, into);
  if (Number.isFinite(shift)) return shift;
  throw new AnyformerError({
    code: 'decode/not-finite',
    who: 'Decoding',
    given: `logits of row ${row} that are NaN or infinite`,
    accepted: 'numbers',
    fix: 'The model has diverged: take an earlier checkpoint.',
  });
};
