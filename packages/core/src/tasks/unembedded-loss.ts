import { type CrossEntropyOptions, crossEntropy, linearCrossEntropy, tf } from '@anyformer/engine';
import type { Unembedder } from '../contract/modality.js';
import type { WeightedLoss } from '../contract/task.js';

/**
 * Cross entropy of what an unembedder makes of hidden states. `hidden` [b, t, w], `next` [b, t] int32, negative where nothing counts. Where
 * the unembedder is a linear map the logits are there a block of rows at a time only.
 */
export const unembeddedLoss = (unembed: Unembedder, hidden: tf.Tensor, next: tf.Tensor, options: CrossEntropyOptions): WeightedLoss => {
  const labels = tf.reshape(next, [-1]); // [n]
  if (unembed.map) {
    const { rows, bias } = unembed.map;
    return linearCrossEntropy(tf.reshape(hidden, [-1, hidden.shape.at(-1)!]), rows, labels, { ...options, bias });
  }
  const logits = unembed(hidden); // [b, t, v]
  return crossEntropy(tf.reshape(logits, [-1, logits.shape.at(-1)!]), labels, options);
};
