import { embedding, tf } from '@anyformer/engine';
import type { Initializer } from '../contract/scope.js';
import { initializers } from '../parameters/initializers.js';
import type { PositionScheme } from './scheme.js';

/** What {@link relativeBuckets} takes. */
export interface RelativeBucketsOptions {
  /** 32 unless said. */
  readonly buckets?: number;
  /** Distances from here on share the last bucket. 128 unless said. */
  readonly maxDistance?: number;
  /** Whether before and after have buckets of their own; unless said, where a position sees both ways. */
  readonly bidirectional?: boolean;
  readonly initializer?: Initializer;
}

/** The bucket of `key - query`: near distances have one each, far ones share by their logarithm (Raffel et al. 2020, section 2.1, and code). */
export const relativeBucket = (difference: number, buckets: number, maxDistance: number, bidirectional: boolean): number => {
  const count = bidirectional ? buckets >> 1 : buckets;
  const first = bidirectional && difference > 0 ? count : 0;
  const distance = bidirectional ? Math.abs(difference) : Math.max(-difference, 0);
  const exact = count >> 1;
  if (distance < exact) return first + Math.floor(distance);
  // the small number keeps exact powers from falling below their bucket by rounding
  const far = exact + Math.floor((Math.log(distance / exact) / Math.log(maxDistance / exact)) * (count - exact) + 1e-6);
  return first + Math.min(far, count - 1);
};

/**
 * A learned number per head and bucket of distance, added to the logits, one table for all blocks (T5). With several coordinates each has
 * buckets by the same table and the numbers add up.
 */
export const relativeBuckets = (options: RelativeBucketsOptions = {}): PositionScheme => ({
  name: 'relative',
  build: ({ scope, heads, causal }) => {
    const { buckets = 32, maxDistance = 128, bidirectional = !causal } = options;
    const { initializer = initializers.normal(1 / Math.sqrt(scope.width)) } = options;
    const table = scope.parameter('table', [buckets, heads], initializer) as tf.Tensor2D;
    return {
      bias(queries, keys) {
        const rows = Math.max(queries.rows, keys.rows);
        const { axes } = queries;
        const [l, s] = [queries.length, keys.length];
        const ids = new Int32Array(rows * l * s * axes);
        let next = 0;
        for (let row = 0; row < rows; row++)
          for (let i = 0; i < l; i++)
            for (let j = 0; j < s; j++)
              for (let axis = 0; axis < axes; axis++) {
                const query = queries.values[((queries.rows === 1 ? 0 : row) * l + i) * axes + axis]!;
                const key = keys.values[((keys.rows === 1 ? 0 : row) * s + j) * axes + axis]!;
                ids[next++] = relativeBucket(key - query, buckets, maxDistance, bidirectional);
              }
        const looked = embedding(table, tf.tensor(ids, [rows, l, s, axes], 'int32')); // [1 | b, l, s, k, h]
        const summed = axes === 1 ? tf.reshape(looked, [rows, l, s, heads]) : tf.sum(looked, 3); // [1 | b, l, s, h]
        return tf.transpose(summed, [0, 3, 1, 2]) as tf.Tensor4D; // [1 | b, h, l, s]
      },
    };
  },
});
