import { assignInPlace, lerpInPlace, tf } from '@anyformer/engine';
import type { ParameterValues } from '../parameters/store.js';
import { type UnreadValues, unread } from '../parameters/unread-values.js';

/**
 * Exponential moving average of the weights. Early on the decay is (1 + step) / (10 + step) where that is smaller, so that the average
 * forgets the first weights quickly.
 */
export class WeightAverage {
  readonly #parameters: ReadonlyMap<string, tf.Variable>;
  readonly #averages = new Map<string, tf.Variable>();
  readonly #decay: number;

  constructor(parameters: ReadonlyMap<string, tf.Variable>, decay: number) {
    // A sum, not a clone: a clone would share the memory that is written in place.
    this.#parameters = parameters;
    this.#decay = decay;
    for (const [path, parameter] of parameters)
      this.#averages.set(
        path,
        tf.tidy(() => tf.variable(tf.add(parameter, 0), false)),
      );
  }

  /** Takes the weights after update number `step` in. */
  update(step: number): void {
    const decay = Math.min(this.#decay, (1 + step) / (10 + step));
    for (const [path, average] of this.#averages) lerpInPlace(average, this.#parameters.get(path)!, 1 - decay);
  }

  /** Runs `f` with the averaged weights in the parameters; the weights return bit for bit. */
  async swapped<T>(f: () => Promise<T>): Promise<T> {
    const weights = [...this.#parameters].map(([path, parameter]) => ({
      path,
      parameter,
      kept: tf.tidy(() => tf.keep(tf.add(parameter, 0))),
    }));
    for (const { path, parameter } of weights) assignInPlace(parameter, this.#averages.get(path)!);
    try {
      return await f();
    } finally {
      for (const { parameter, kept } of weights) {
        assignInPlace(parameter, kept);
        kept.dispose();
      }
    }
  }

  /** The averaged weights, to be read one at a time. */
  unread(): Map<string, UnreadValues> {
    return unread(this.#averages);
  }

  /** Takes over what was read of {@link unread}. */
  restore(values: ReadonlyMap<string, ParameterValues>): void {
    for (const [path, average] of this.#averages) {
      const stored = values.get(path);
      if (stored) tf.tidy(() => average.assign(tf.tensor(stored.values, average.shape, 'float32')));
    }
  }

  /** Frees the averages. */
  dispose(): void {
    tf.dispose([...this.#averages.values()]);
  }
}

/** The mean of several sets of weights: checkpoint averaging (Vaswani et al. 2017, section 6.1). Added up in float64. */
export const meanOfWeights = (sets: readonly ReadonlyMap<string, ParameterValues>[]): Map<string, ParameterValues> => {
  const mean = new Map<string, ParameterValues>();
  for (const [path, { shape, values }] of sets[0] ?? []) {
    const sums = Float64Array.from(values, () => 0);
    for (const set of sets)
      set.get(path)!.values.forEach((value, i) => {
        sums[i]! += value;
      });
    mean.set(path, { shape, values: Float32Array.from(sums, (sum) => sum / sets.length) });
  }
  return mean;
};
