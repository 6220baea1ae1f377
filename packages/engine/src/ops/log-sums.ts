import { kernelBackend } from '../backend/kernel-backend.js';
import * as tf from '../tf.js';
import { shapeError } from './shape-error.js';

/**
 * What turns logits into log-probabilities: of each row the largest logit, and the logarithm of the sum of the exponentials of what all are
 * below it. [..., v] -> [..., 2]; `logit - (largest + logarithm)` is a log-probability. Two numbers, for their sum as one float32
 * would cost digits. Without gradient. Rows with NaN, or without a finite largest logit, give NaN. Throws
 * `log-sums/shape`.
 */
export function logSums(logits: tf.Tensor): tf.Tensor {
  const v = logits.shape.at(-1);
  if (!v) throw shapeError('logSums', { logits }, 'logits [..., v], v > 0');
  const shape = [...logits.shape.slice(0, -1), 2];
  const backend = kernelBackend('logSums');
  if (!backend) return referenceLogSums(logits);
  const sums = backend.tensor(shape); // [..., 2]
  backend.call.log_sums(logits.size / v, v, backend.floats(logits), backend.floats(sums));
  return sums;
}

/** {@link logSums} as a composition of stock ops. */
export function referenceLogSums(logits: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const largest = tf.max(logits, -1, true); // [..., 1]
    const sum = tf.sum(tf.exp(tf.sub(logits, largest)), -1, true); // [..., 1]
    return tf.concat([largest, tf.log(sum)], -1); // [..., 2]
  });
}
