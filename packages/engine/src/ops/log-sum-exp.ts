import * as tf from '@tensorflow/tfjs-core';

/**
 * `tf.logSumExp`, where the largest element is infinite too: the stock op takes it from itself and gives NaN. Of an infinite element it is
 * infinity, of nothing that counts minus infinity, as in PyTorch.
 */
export function logSumExp<T extends tf.Tensor>(x: tf.Tensor | tf.TensorLike, axis?: number | number[] | null, keepDims = false): T {
  return tf.tidy(() => {
    const whole = x instanceof tf.Tensor ? x : tf.tensor(x);
    const axes = tf.util.parseAxisParam(axis as number[], whole.shape);
    const highest = tf.max(whole, axes, true);
    const shift = tf.where(tf.isFinite(highest), highest, tf.zerosLike(highest));
    const sum = tf.sum(tf.exp(tf.sub(whole, shift)), axes, keepDims);
    return tf.add(tf.log(sum), tf.reshape(shift, sum.shape)) as T;
  });
}
