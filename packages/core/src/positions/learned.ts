import { AnyformerError, embedding, tf } from '@anyformer/engine';
import type { Initializer } from '../contract/scope.js';
import { initializers } from '../parameters/initializers.js';
import type { Coordinates, PositionScheme } from './scheme.js';

/** What {@link learned} takes. */
export interface LearnedOptions {
  /** Positions in the table, or one size per coordinate for a table of their product. */
  readonly length: number | readonly number[];
  /** The first position's row, where rows before it are kept for other uses. 0 unless said; only for one coordinate. */
  readonly start?: number;
  readonly initializer?: Initializer;
}

/** Adds a row of a learned table to each embedding. A position that the table does not have is an error. */
export const learned = ({ length, start = 0, initializer = initializers.normal(0.02) }: LearnedOptions): PositionScheme => {
  const sizes = typeof length === 'number' ? [length] : length;
  const rows = sizes.reduce((product, size) => product * size, 1) + start;

  const indices = ({ axes, values }: Coordinates, who: string): Int32Array => {
    if (axes !== sizes.length)
      throw new AnyformerError({
        code: 'positions/coordinates',
        who,
        given: `${axes} coordinates per position`,
        accepted: `${sizes.length}, one per size of its table [${sizes.join(', ')}]`,
        fix: 'Give the table one size per coordinate, or take sinusoidal or rotary positions, which fit any number.',
        exit: 2,
      });
    const ids = new Int32Array(values.length / axes);
    for (let i = 0; i < values.length; i++) {
      const axis = i % axes;
      const place = values[i]!;
      const size = sizes[axis]!;
      if (!(Number.isInteger(place) && place >= 0 && place < size))
        throw new AnyformerError({
          code: 'positions/too-long',
          who,
          given: axes === 1 ? `position ${place}` : `${place} as coordinate ${axis}`,
          accepted: `whole numbers from 0 to ${size - 1}: the table has ${size} positions`,
          fix: 'Shorten the input, give the table more positions before training, or take positions without a table.',
          exit: 2,
        });
      const index = Math.floor(i / axes);
      ids[index] = ids[index]! * size + place + start;
    }
    return ids;
  };

  return {
    name: 'learned',
    build: ({ scope }) => {
      const table = scope.parameter('table', [rows, scope.width], initializer) as tf.Tensor2D;
      return {
        ...(sizes.length === 1 && { limit: sizes[0]! }),
        embed(embeddings, places) {
          const ids = tf.tensor2d(indices(places, `The learned positions '${scope.path}'`), [places.rows, places.length], 'int32');
          return tf.add(embeddings, embedding(table, ids)); // [b, l, w]
        },
      };
    },
  };
};
