import * as tf from '../tf.js';

/** The residual connection: the sum of two tensors of the same shape. `x` [...], `y` [...] -> [...]. */
export function residual<T extends tf.Tensor>(x: T, y: T): T {
  return tf.add(x, y);
}
