import * as tf from '@tensorflow/tfjs-core';

/** `tf.broadcastTo`, to nothing too: the stock op takes an axis of size 0 for one that need not be repeated, and gives its input back. */
export function broadcastTo<R extends tf.Rank>(x: tf.Tensor | tf.TensorLike, shape: tf.ShapeMap[R]): tf.Tensor<R> {
  if (!(shape as number[]).includes(0)) return tf.broadcastTo(x, shape);
  return tf.tidy(() => {
    const checked = tf.broadcastTo(x, shape);
    if (checked.dtype === 'bool') return tf.logicalAnd(checked, tf.zeros(shape, 'bool')) as tf.Tensor<R>;
    return tf.mul(checked, tf.zeros(shape, checked.dtype)) as tf.Tensor<R>;
  });
}
