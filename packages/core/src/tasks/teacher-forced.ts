import type { tf } from '@anyformer/engine';
import { logSoftmax } from '../decode/log-softmax.js';

/** How well a sequence was foretold, each position given the true ones before it. */
export interface Foretold {
  /** Positions that count. */
  readonly positions: number;
  /** Of these, how often the likeliest id was the right one. */
  readonly correct: number;
  /** Sum of the negative log-probabilities of the right ids, in nats. */
  readonly nll: number;
  /** The right ids, the end included. */
  readonly ids: readonly number[];
  /** Their log-probabilities. */
  readonly steps: readonly number[];
}

/** Counts hits and losses row by row. `logits` [b, t, v], `next` [b, t] int32, negative where nothing counts. */
export const foretold = async (logits: tf.Tensor, next: tf.Tensor2D): Promise<Foretold[]> => {
  const [b, t] = next.shape;
  const v = logits.shape.at(-1)!;
  const [scores, right] = await Promise.all([logits.data<'float32'>(), next.data()]);
  const row = new Float64Array(v);
  return Array.from({ length: b }, (_, example) => {
    const ids: number[] = [];
    const steps: number[] = [];
    let correct = 0;
    for (let i = example * t; i < (example + 1) * t; i++) {
      const id = right[i]!;
      if (id < 0) continue;
      logSoftmax(scores, i * v, row);
      ids.push(id);
      steps.push(row[id]!);
      let best = 0;
      for (let j = 1; j < v; j++) if (row[j]! > row[best]!) best = j;
      if (best === id) correct += 1;
    }
    return { positions: ids.length, correct, nll: steps.reduce((sum, step) => sum - step, 0), ids, steps };
  });
};
