import * as tf from '../tf.js';
import { number, type Operator } from './node.test-support.js';

/** [b, l, h*d] to [b, h, l, d]. */
function split(x: tf.Tensor, heads: number): tf.Tensor {
  const [b, l, w] = x.shape as [number, number, number];
  return tf.transpose(tf.reshape(x, [b, l, heads, w / heads]), [0, 2, 1, 3]);
}

/** One step of [b, h, l, d]: [b, h, 1, d]. */
const stepOf = (x: tf.Tensor, step: number): tf.Tensor => tf.slice(x, [0, 0, step, 0], [-1, -1, 1, -1]);

/**
 * Attention without a softmax: keys and values are added up in a state, from which queries read. A decay lets the state fade before each
 * step; a delta rule writes only what the state does not yet give for the key. Several heads of the query may share a state.
 */
const linearAttention: Operator = (node) => {
  const [query, key, value, past, decay, beta] = node.inputs;
  const [heads, stateHeads] = [number(node, 'q_num_heads', 1), number(node, 'kv_num_heads', 1)];
  const [queries, keys, values] = [split(query!, heads), split(key!, stateHeads), split(value!, stateHeads)];
  const [b, , l, d] = keys.shape as [number, number, number, number];
  const width = values.shape[3]!;
  const decays = decay && split(decay, stateHeads); // [b, g, l, 1|d]
  const shares = beta && split(beta, beta.shape[2]!); // [b, 1|g, l, 1]
  const scale = number(node, 'scale', 0) || d ** -0.5;
  let state: tf.Tensor = past ?? tf.zeros([b, stateHeads, d, width]); // [b, g, d, width]
  const outputs: tf.Tensor[] = [];
  for (let step = 0; step < l; step++) {
    const [key, value] = [stepOf(keys, step), stepOf(values, step)];
    if (decays) state = tf.mul(state, tf.exp(tf.transpose(stepOf(decays, step), [0, 1, 3, 2])));
    const written = shares ? tf.mul(stepOf(shares, step), tf.sub(value, tf.matMul(key, state))) : value; // [b, g, 1, width]
    state = tf.add(state, tf.matMul(key, written, true, false));
    const asking = tf.reshape(stepOf(queries, step), [b, stateHeads, heads / stateHeads, d]);
    outputs.push(tf.reshape(tf.mul(tf.matMul(asking, state), scale), [b, 1, heads * width]));
  }
  return [tf.concat(outputs, 1), state];
};

/** Attention in linear time. */
export const linearAttentions: Record<string, Operator> = { LinearAttention: linearAttention };
