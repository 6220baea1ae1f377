import { type Batch, type Embedder, initializers, type Scope, tf } from '@anyformer/core';
import { linear } from '@anyformer/engine';
import type { PictureSize } from './codec.js';

/** Pictures of one size: values [b, height, width, channels]. */
export interface PictureBatch extends Batch {
  readonly values: tf.Tensor4D;
}

/**
 * Patch embeddings (Dosovitskiy et al. 2021, section 3.1): the picture is cut into squares, each is flattened and projected to the model
 * width. Reshape and matrix product, no convolution. Coordinates are the patch's row and column.
 */
export const patchEmbedder =
  (size: PictureSize, patch: number) =>
  (scope: Scope): Embedder<PictureBatch> => {
    const rows = size.height / patch;
    const columns = size.width / patch;
    const length = rows * columns;
    const values = patch * patch * size.channels;
    const weight = scope.parameter('patch/weight', [values, scope.width], initializers.xavierUniform()) as tf.Tensor2D;
    const bias = scope.parameter('patch/bias', [scope.width], initializers.zeros()) as tf.Tensor1D;
    const places = new Float32Array(length * 2);
    for (let i = 0; i < length; i++) places.set([Math.floor(i / columns), i % columns], 2 * i);
    return (batch) => {
      const b = batch.values.shape[0];
      const cut = tf.reshape(batch.values, [b, rows, patch, columns, patch * size.channels]); // [b, rows, patch, columns, patch * channels]
      const patches = tf.reshape(tf.transpose(cut, [0, 1, 3, 2, 4]), [b, length, values]); // [b, l, patch * patch * channels]
      return {
        embeddings: linear(patches, weight, { bias }) as tf.Tensor3D, // [b, l, w]
        mask: tf.ones([b, length], 'bool') as tf.Tensor2D, // [b, l]
        positions: tf.tensor3d(places, [1, length, 2]), // [1, l, k]
      };
    };
  };
