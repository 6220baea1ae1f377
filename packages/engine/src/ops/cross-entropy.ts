import * as tf from '../tf.js';
import { requireLabelsBelow } from './ids.js';

/** Options of {@link crossEntropy}. */
export interface CrossEntropyOptions {
  /** e in [0, 1): the share of the target spread evenly over all classes (Szegedy et al. 2016; as in PyTorch). */
  labelSmoothing?: number | undefined;
}

/** A loss as what it adds up and how much it weighs; the mean is `sum / weight`. */
export interface SumAndWeight {
  sum: tf.Scalar;
  weight: tf.Scalar;
}

/**
 * Softmax cross entropy: `(1 - e) * nll + e/v * sum of nll over all classes`, added over the rows whose label is not negative.
 * `logits` [n, v], `labels` int32 [n] -> `{ sum, weight }`, scalars; the weight is the number of rows counted.
 * Throws `cross-entropy/label-out-of-range`.
 */
export function crossEntropy(logits: tf.Tensor, labels: tf.Tensor, options: CrossEntropyOptions = {}): SumAndWeight {
  return referenceCrossEntropy(logits, labels, options.labelSmoothing ?? 0);
}

/** {@link crossEntropy} as a composition of stock ops. */
export function referenceCrossEntropy(logits: tf.Tensor, labels: tf.Tensor, labelSmoothing: number): SumAndWeight {
  const v = logits.shape[1]!;
  requireLabelsBelow(v, labels);
  return tf.tidy(() => {
    const counted = tf.cast(tf.greaterEqual(labels, 0), 'float32'); // [n]
    const logProbabilities = tf.logSoftmax(logits as tf.Tensor2D); // [n, v]
    const target = tf.add(tf.mul(tf.oneHot(tf.cast(labels, 'int32'), v), 1 - labelSmoothing), labelSmoothing / v); // [n, v]
    const rows = tf.neg(tf.sum(tf.mul(target, logProbabilities), 1)); // [n]
    return { sum: tf.sum(tf.mul(rows, counted)) as tf.Scalar, weight: tf.sum(counted) as tf.Scalar };
  });
}
