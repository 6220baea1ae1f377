import * as tf from '../tf.js';
import { referenceAttention, referenceAttentionWeights } from './attention-reference.js';
import { type AttentionArguments, type AttentionShape, attentionShape } from './attention-shape.js';
import { requireRate } from './dropout.js';

export type { AttentionArguments } from './attention-shape.js';

/**
 * Scaled dot-product attention of many heads (Vaswani et al. 2017, section 3.2), without a transpose in or out.
 * `query` [b, l, h*d], `key` [b, s, g*d], `value` [b, s, g*e] -> [b, l, h*e], where g is `keyValueHeads`: query head i looks at
 * key/value head `floor(i / (h/g))`. A row with nothing to look at gives zeros and has zero gradient.
 */
export function attention(given: AttentionArguments): tf.Tensor3D {
  const shape = attentionShape(given);
  if (given.dropout) requireRate(given.dropout.rate);
  return referenceAttention(given, shape);
}

/** The probabilities that {@link attention} would use (dropout is not applied): [b, h, l, s]. For looking at, without gradient. */
export function attentionWeights(given: Omit<AttentionArguments, 'value'>): tf.Tensor4D {
  const shape: AttentionShape = attentionShape({ ...given, value: given.key });
  return tf.tidy(() => referenceAttentionWeights({ ...given, dropout: undefined }, shape));
}
