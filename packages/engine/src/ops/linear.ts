import * as tf from '../tf.js';
import { type Activation, referenceActivate } from './activation.js';

/** What {@link linear} does besides the product. */
export interface LinearOptions {
  /** [n], added to every row. */
  bias?: tf.Tensor1D | undefined;
  /** Applied last. */
  activation?: Activation | undefined;
  /** The weight is [n, k] instead of [k, n]: an embedding table used as the output layer. */
  transposed?: boolean | undefined;
}

/** A linear layer over the last axis: `x` [..., k], `weight` [k, n] (or [n, k], `transposed`) -> [..., n]. */
export function linear(x: tf.Tensor, weight: tf.Tensor, options: LinearOptions = {}): tf.Tensor {
  return referenceLinear(x, weight, options);
}

/** {@link linear} as a composition of stock ops. */
export function referenceLinear(x: tf.Tensor, weight: tf.Tensor, { bias, activation, transposed }: LinearOptions): tf.Tensor {
  return tf.tidy(() => {
    const rows = tf.reshape(x, [-1, x.shape.at(-1)!]) as tf.Tensor2D; // [n, k]
    let y: tf.Tensor = tf.matMul(rows, weight as tf.Tensor2D, false, transposed ?? false);
    if (bias) y = tf.add(y, bias);
    if (activation) y = referenceActivate(y, activation);
    return tf.reshape(y, [...x.shape.slice(0, -1), y.shape[1]!]); // [..., n]
  });
}
