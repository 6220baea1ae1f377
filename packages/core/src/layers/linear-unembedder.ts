import { linear, type tf } from '@anyformer/engine';
import type { Unembedder } from '../contract/modality.js';

/**
 * Logits as a linear map of the hidden states: `rows` [v, w], which may be the embedder's own table (Press and Wolf 2017), and `bias` [v].
 * Its loss never stores the logits of a whole batch.
 */
export const linearUnembedder = (rows: tf.Tensor, bias?: tf.Tensor1D): Unembedder =>
  Object.assign((hidden: tf.Tensor) => linear(hidden, rows, { transposed: true, bias }), { map: { rows, bias } }); // [..., v]
