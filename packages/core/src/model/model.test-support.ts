import { embedding, tf } from '@anyformer/engine';
import type { Modality } from '../contract/modality.js';
import type { Batch } from '../contract/sequence.js';
import { initializers } from '../parameters/initializers.js';

/** Rows of small numbers, padded with -1: as plain a modality as there is. */
export const digits = (id: string, over: { width?: number; mask?: tf.DataType; places?: number } = {}): Modality<number[], number[]> => ({
  id,
  codec: { encode: (raw) => raw, files: () => ({}) },
  positions: (example) => example.length,
  collate(examples): Batch {
    const length = Math.max(...examples.map((example) => example.length));
    const padded = examples.flatMap((example) => [...example, ...Array(length - example.length).fill(-1)]);
    return { ids: tf.tensor2d(padded, [examples.length, length], 'int32') };
  },
  embedder(scope) {
    const table = scope.parameter('table', [10, over.width ?? scope.width], initializers.normal(scope.width ** -0.5)) as tf.Tensor2D;
    return ({ ids }) => {
      const [, l] = ids!.shape as [number, number];
      const places = over.places ?? l;
      return {
        embeddings: embedding(table, tf.maximum(ids!, tf.scalar(0, 'int32'))) as tf.Tensor3D, // [b, l, w]
        mask: tf.cast(tf.greaterEqual(ids!, tf.scalar(0, 'int32')), over.mask ?? 'bool') as tf.Tensor2D, // [b, l]
        positions: tf.tensor3d(
          Array.from({ length: places }, (_, i) => i),
          [1, places, 1],
        ), // [1, l, 1]
      };
    };
  },
});
