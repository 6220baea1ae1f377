import * as tf from '../tf.js';

/**
 * Layer normalisation over the last axis (Ba et al. 2016), with the variance of the row, not of a sample.
 * `x` [..., w], `gain` [w], `bias` [w] or undefined -> [..., w].
 */
export function layerNorm<T extends tf.Tensor>(x: T, gain: tf.Tensor, bias: tf.Tensor | undefined, epsilon: number): T {
  return referenceLayerNorm(x, gain, bias, epsilon);
}

/** Root-mean-square normalisation over the last axis (Zhang & Sennrich 2019). `x` [..., w], `gain` [w] -> [..., w]. */
export function rmsNorm<T extends tf.Tensor>(x: T, gain: tf.Tensor, epsilon: number): T {
  return referenceRmsNorm(x, gain, epsilon);
}

/** {@link layerNorm} as a composition of stock ops. */
export function referenceLayerNorm<T extends tf.Tensor>(x: T, gain: tf.Tensor, bias: tf.Tensor | undefined, epsilon: number): T {
  return tf.tidy(() => {
    const centred = tf.sub(x, tf.mean(x, -1, true));
    const variance = tf.mean(tf.square(centred), -1, true);
    const y = tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon))), gain);
    return bias ? tf.add(y, bias) : y;
  }) as T;
}

/** {@link rmsNorm} as a composition of stock ops. */
export function referenceRmsNorm<T extends tf.Tensor>(x: T, gain: tf.Tensor, epsilon: number): T {
  return tf.tidy(() => tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon))), gain)) as T;
}
