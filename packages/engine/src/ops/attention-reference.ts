import * as tf from '../tf.js';
import type { AttentionArguments, AttentionShape } from './attention-shape.js';
import { referenceDropout } from './dropout.js';

/** Attention as a composition of stock ops. */
export function referenceAttention(given: AttentionArguments, shape: AttentionShape): tf.Tensor3D {
  const { b, l, heads, keyValueHeads, e } = shape;
  return tf.tidy(() => {
    let weights: tf.Tensor = referenceAttentionWeights(given, shape); // [b, h, l, s]
    if (given.dropout && given.dropout.rate > 0) weights = referenceDropout(weights, given.dropout.rate, given.dropout.seed);
    const value = splitHeads(given.value, keyValueHeads, shape.s); // [b, g, s, e]
    const grouped = tf.reshape(weights, [b, keyValueHeads, (heads / keyValueHeads) * l, shape.s]); // [b, g, h/g*l, s]
    const mixed = tf.reshape(tf.matMul(grouped, value), [b, heads, l, e]); // [b, h, l, e]
    return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [b, l, heads * e]) as tf.Tensor3D; // [b, l, h*e]
  });
}

/** The probabilities, as a composition of stock ops: [b, h, l, s]. */
export function referenceAttentionWeights(given: Omit<AttentionArguments, 'value'>, shape: AttentionShape): tf.Tensor4D {
  const { b, l, s, heads, keyValueHeads, d, scale } = shape;
  const query = splitHeads(given.query, heads, l); // [b, h, l, d]
  const key = splitHeads(given.key, keyValueHeads, s); // [b, g, s, d]
  const grouped = tf.reshape(query, [b, keyValueHeads, (heads / keyValueHeads) * l, d]); // [b, g, h/g*l, d]
  let scores: tf.Tensor = tf.reshape(tf.matMul(grouped, key, false, true), [b, heads, l, s]); // [b, h, l, s]
  scores = tf.mul(scores, scale);
  if (given.softcap) scores = tf.mul(tf.tanh(tf.div(scores, given.softcap)), given.softcap);
  const seen = visible(given, shape);
  if (!seen && !given.bias) return tf.softmax(scores) as tf.Tensor4D;
  // A hidden key gets a score that nothing real can reach; the last product makes zeros of a row where every key is hidden. A bias may
  // hide keys too, by minus infinity.
  if (seen) scores = tf.add(tf.mul(scores, seen), tf.mul(tf.sub(seen, 1), hidden));
  if (given.bias) scores = tf.add(scores, tf.maximum(given.bias, -hidden));
  return tf.mul(tf.softmax(scores), tf.minimum(tf.relu(tf.add(scores, hidden / 2)), 1)) as tf.Tensor4D;
}

/** A score of minus this is out of reach. */
const hidden = 1e30;

/** 1 where a query may look at a key, else 0: broadcasts to [b, h, l, s]; undefined where everything is visible. */
function visible(given: Omit<AttentionArguments, 'value'>, { b, l, s, offset }: AttentionShape): tf.Tensor | undefined {
  const mask = given.mask && tf.reshape(tf.cast(tf.notEqual(given.mask, 0), 'float32'), [b, 1, 1, s]);
  if (!given.causal) return mask;
  const before = new Float32Array(l * s);
  for (let i = 0; i < l; i++) before.fill(1, i * s, i * s + Math.min(s, Math.max(0, i + offset + 1)));
  const causal = tf.tensor(before, [1, 1, l, s]);
  return mask ? tf.mul(mask, causal) : causal;
}

/** [b, capacity, h*d] -> [b, h, s, d], of the first s rows. */
function splitHeads(x: tf.Tensor3D, heads: number, s: number): tf.Tensor4D {
  const rows = s === x.shape[1] ? x : tf.slice(x, [0, 0, 0], [x.shape[0], s, x.shape[2]]);
  return tf.transpose(tf.reshape(rows, [x.shape[0], s, heads, x.shape[2] / heads]), [0, 2, 1, 3]) as tf.Tensor4D;
}
