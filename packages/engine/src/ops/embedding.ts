import * as tf from '../tf.js';
import { requireIdsBelow } from './ids.js';

/**
 * Rows of a table, times `scale`. `table` [v, w], `ids` int32 [...] -> [..., w]. The gradient is a scatter-add in the order of the ids.
 * Throws `embedding/id-out-of-range`.
 */
export function embedding(table: tf.Tensor, ids: tf.Tensor, scale = 1): tf.Tensor {
  return referenceEmbedding(table, ids, scale);
}

/** {@link embedding} as a composition of stock ops. */
export function referenceEmbedding(table: tf.Tensor, ids: tf.Tensor, scale: number): tf.Tensor {
  requireIdsBelow(table.shape[0]!, ids);
  return tf.tidy(() => {
    const rows = tf.reshape(tf.gather(table, tf.reshape(ids, [-1])), [...ids.shape, table.shape[1]!]); // [..., w]
    return scale === 1 ? rows : tf.mul(rows, scale);
  });
}
