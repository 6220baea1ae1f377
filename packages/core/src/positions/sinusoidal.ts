import { hostTensor, tf } from '@anyformer/engine';
import type { PositionScheme } from './scheme.js';
import { frequencies, type Waves, waves } from './waves.js';

/** What {@link sinusoidal} takes. */
export interface SinusoidalOptions {
  /** Longest wavelength over 2 pi. 10000 unless said. */
  readonly base?: number;
  /** Factor on the coordinates, for those that do not count in ones. */
  readonly scale?: number;
  /** The first coordinate's place in the table, as where two places are kept for other uses. 0 unless said. */
  readonly start?: number;
  /**
   * `interleaved`: sine and cosine by turns (Vaswani et al. 2017, section 3.5). `halves`: all sines, then all cosines (tensor2tensor and
   * what came from it).
   */
  readonly layout?: 'interleaved' | 'halves';
  /** Frequencies base^(-i / (f - 1)) in place of base^(-i / f), so that the last is 1 / base: tensor2tensor again. */
  readonly inclusive?: boolean;
}

/**
 * Adds sines and cosines of the coordinates to the embeddings. With k coordinates the width is split into k equal shares, one each, and
 * what does not divide stays as it is.
 */
export const sinusoidal = (options: SinusoidalOptions = {}): PositionScheme => {
  const { base = 10_000, scale = 1, start = 0, layout = 'interleaved', inclusive = false } = options;
  const column = (i: number, count: number): [number, number] => (layout === 'interleaved' ? [2 * i, 2 * i + 1] : [i, count + i]);

  const table = ({ cosine, sine }: Waves, columns: readonly (readonly [number, number])[], width: number, axes: number): Float32Array => {
    const count = columns.length;
    const positions = sine.length / (count * axes);
    const values = new Float32Array(positions * width);
    for (let position = 0; position < positions; position++)
      for (let axis = 0; axis < axes; axis++) {
        const from = (position * axes + axis) * count;
        const to = position * width + axis * 2 * count;
        for (let i = 0; i < count; i++) {
          values[to + columns[i]![0]] = sine[from + i]!;
          values[to + columns[i]![1]] = cosine[from + i]!;
        }
      }
    return values;
  };

  return {
    name: 'sinusoidal',
    build: ({ scope: { width } }) => {
      const prepare = (axes: number) => {
        const count = Math.floor(width / (2 * axes));
        return {
          waving: waves(frequencies(count, base, inclusive)),
          columns: Array.from({ length: count }, (_, i) => column(i, count)),
        };
      };
      const byAxes = new Map<number, ReturnType<typeof prepare>>();
      return {
        embed(embeddings, places) {
          const { rows, length, axes } = places;
          const prepared = byAxes.get(axes) ?? prepare(axes);
          byAxes.set(axes, prepared);
          const code = hostTensor([rows, length, width], (ahead) => {
            const moved = { ...places, values: places.values.map((x) => scale * (x + ahead) + start) };
            return table(prepared.waving(moved), prepared.columns, width, axes);
          }); // [1 | b, l, w]
          return tf.add(embeddings, code); // [b, l, w]
        },
      };
    },
  };
};
