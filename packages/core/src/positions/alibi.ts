import { tf } from '@anyformer/engine';
import type { Coordinates, PositionScheme } from './scheme.js';

/** Slopes of the heads: a geometric sequence for powers of two, else filled up from that of the next power (Press et al. 2022, their code). */
export const alibiSlopes = (heads: number): number[] => {
  const power = 2 ** Math.floor(Math.log2(heads));
  const geometric = (count: number): number[] => Array.from({ length: count }, (_, i) => 2 ** ((-8 * (i + 1)) / count));
  const between = geometric(2 * power).filter((_, i) => i % 2 === 0);
  return [...geometric(power), ...between.slice(0, heads - power)];
};

/** Coordinates as a tensor, [1 | b, l, 1, k] or [1 | b, 1, l, k]. */
const spread = ({ rows, length, axes, values }: Coordinates, as: 'queries' | 'keys'): tf.Tensor =>
  tf.tensor(values, as === 'queries' ? [rows, length, 1, axes] : [rows, 1, length, axes]);

/**
 * Attention falls off linearly with distance, head by head (Press et al. 2022). No parameters. With several coordinates the distance is
 * the sum of their differences; where a position sees both ways it falls off both ways.
 */
export const alibi = (): PositionScheme => ({
  name: 'alibi',
  build: ({ heads }) => {
    const slopes = alibiSlopes(heads);
    return {
      bias(queries, keys) {
        const distance = tf.sum(tf.abs(tf.sub(spread(queries, 'queries'), spread(keys, 'keys'))), 3); // [1 | b, l, s]
        const negative = tf.tensor(
          slopes.map((slope) => -slope),
          [1, heads, 1, 1],
        );
        return tf.mul(tf.expandDims(distance, 1), negative) as tf.Tensor4D; // [1 | b, h, l, s]
      },
    };
  },
});
