import { attention } from '../ops/attention.js';
import { embedding } from '../ops/embedding.js';
import { KeyValueCache } from '../ops/key-value-cache.js';
import { rotary } from '../ops/rotary.js';
import * as tf from '../tf.js';
import { flag, type Node, number, type Operator, read, single } from './node.test-support.js';

/** [b, h, l, d] to [b, l, h*d]; what has three axes is so already. */
const joined = (x: tf.Tensor): tf.Tensor3D => {
  if (x.shape.length === 3) return x as tf.Tensor3D;
  const [b, h, l, d] = x.shape as [number, number, number, number];
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [b, l, h * d]);
};

/** [b, l, h*d] to [b, h, l, d]. */
const split = (x: tf.Tensor, heads: number): tf.Tensor => {
  const [b, l, w] = x.shape as [number, number, number];
  return tf.transpose(tf.reshape(x, [b, l, heads, w / heads]), [0, 2, 1, 3]);
};

/** Keys and values: the past in a cache, the new ones appended as in decoding. */
function remembered(past: [tf.Tensor, tf.Tensor], key: tf.Tensor3D, value: tf.Tensor3D): [tf.Tensor3D, tf.Tensor3D] {
  const [pastKey, pastValue] = past.map(joined) as [tf.Tensor3D, tf.Tensor3D];
  const cache = new KeyValueCache(key.shape[0], pastKey.shape[1] + 1, key.shape[2], value.shape[2]);
  cache.append(pastKey, pastValue);
  cache.append(key, value);
  const held = ([cache.key, cache.value] as const).map((x) => tf.slice(x, [0, 0, 0], [-1, cache.length, -1]) as tf.Tensor3D);
  cache.dispose();
  return held as [tf.Tensor3D, tf.Tensor3D];
}

/** A mask of any shape as a bias [1|b, 1|h, l, s]: what may not be seen, and keys beyond a short mask, get minus infinity. */
function biasOf(mask: tf.Tensor, l: number, s: number): tf.Tensor {
  const none = Number.NEGATIVE_INFINITY;
  const scores = mask.dtype === 'bool' ? tf.where(mask, tf.zeros(mask.shape), tf.fill(mask.shape, none)) : mask;
  const four = tf.reshape(scores as tf.Tensor, [...Array<number>(4 - mask.shape.length).fill(1), ...mask.shape]);
  const [b, h, , columns] = four.shape as [number, number, number, number];
  const spread = tf.broadcastTo(four, [b, h, l, columns === 1 ? s : columns]);
  return tf.pad(
    spread,
    [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, s - spread.shape[3]!],
    ],
    none,
  );
}

/** The products that a node may ask for besides: 0 of query and key, 1 capped, 2 with bias and mask, 3 the probabilities. */
function scoresAsked(
  node: Node,
  query: tf.Tensor,
  key: tf.Tensor,
  scale: number,
  bias: tf.Tensor | undefined,
  causal: boolean,
  past: number,
): tf.Tensor {
  const mode = number(node, 'qk_matmul_output_mode', 0);
  const [b, h, l, d] = query.shape as [number, number, number, number];
  const [g, s] = key.shape.slice(1) as [number, number];
  const grouped = tf.matMul(tf.reshape(query, [b, g, (h / g) * l, d]), key, false, true);
  let scores: tf.Tensor = tf.mul(tf.reshape(grouped, [b, h, l, s]), scale);
  const cap = number(node, 'softcap', 0);
  if (mode >= 1 && cap > 0) scores = tf.mul(tf.tanh(tf.div(scores, cap)), cap);
  if (mode < 2) return scores;
  if (bias) scores = tf.add(scores, bias);
  if (causal) scores = tf.add(scores, bandBias({ left: -1, right: 0 }, l, s, [past]));
  if (mode < 3) return scores;
  const seen = tf.cast(tf.greater(scores, -1e30), 'float32');
  return tf.mul(tf.softmax(tf.maximum(scores, -1e30)), seen);
}

/** How many keys before and after its own position a query sees; -1 is all of them. */
interface Band {
  readonly left: number;
  readonly right: number;
}

/** Minus infinity where a key lies outside the band around the query, whose first position is the offset: [b, 1, l, s]. */
function bandBias({ left, right }: Band, l: number, s: number, offsets: readonly number[]): tf.Tensor {
  const seen = (ahead: number): boolean => (left < 0 || -ahead <= left) && (right < 0 || ahead <= right);
  const values = offsets.flatMap((offset) =>
    Array.from({ length: l * s }, (_, i) => (seen((i % s) - Math.floor(i / s) - offset) ? 0 : Number.NEGATIVE_INFINITY)),
  );
  return tf.tensor(values, [offsets.length, 1, l, s]);
}

const attended: Operator = (node) => {
  const [q, k, v, given, pastKey, pastValue, lengths] = node.inputs;
  const four = q!.shape.length === 4;
  const heads = four ? q!.shape[1]! : number(node, 'q_num_heads', 1);
  const keyValueHeads = four ? k!.shape[1]! : number(node, 'kv_num_heads', 1);
  const query = joined(q!);
  const [b, l] = query.shape;
  let [key, value] = [joined(k!), joined(v!)];
  const past = pastKey?.shape[2] ?? 0;
  if (pastKey && pastValue) [key, value] = remembered([pastKey, pastValue], key, value);
  const s = key.shape[1];
  const causal = flag(node, 'is_causal');
  const scale = number(node, 'scale', (query.shape[2] / heads) ** -0.5);
  let bias = given && biasOf(given, l, s);
  const real = lengths && read(lengths);
  const window: Band = { left: number(node, 'left_window_size', -1), right: number(node, 'right_window_size', -1) };
  const narrow = window.left >= 0 || window.right >= 0;
  // Each sequence ends where its keys do: an offset of its own, which the op has only for all. Nor has it a window.
  const offsets = real ? real.map((n) => n - l) : [past];
  const added = [narrow && window, causal && real && { left: -1, right: 0 }].flatMap((band) =>
    band ? [bandBias(band, l, s, offsets)] : [],
  );
  for (const more of added) bias = bias ? tf.add(bias, more) : more;
  const mask =
    real &&
    tf.tensor(
      real.flatMap((n) => Array.from({ length: s }, (_, j) => j < n)),
      [b, s],
      'bool',
    );
  const softcap = number(node, 'softcap', 0) || undefined;
  const mixed = attention({ query, key, value, heads, keyValueHeads, mask, bias, causal: causal && !real, offset: past, scale, softcap });
  const keys = split(key, keyValueHeads);
  const hidden = mask && biasOf(tf.reshape(mask, [b, 1, 1, s]), l, s);
  const whole = bias && hidden ? tf.add(bias, hidden) : (bias ?? hidden);
  const asked = node.outputs[3] ? scoresAsked(node, split(query, heads), keys, scale, whole, causal && !real, past) : undefined;
  return [four ? split(mixed, heads) : mixed, keys, split(value, keyValueHeads), asked];
};

const turned: Operator = single(([x, cosine, sine, positions], node) => {
  const four = x!.shape.length === 4;
  const heads = four ? x!.shape[1]! : number(node, 'num_heads', 1);
  const table = (cache: tf.Tensor): tf.Tensor => (positions ? embedding(cache, positions) : cache); // [b, l, d/2]
  const half = number(node, 'rotary_embedding_dim', 0) / 2 || undefined;
  const narrow = (t: tf.Tensor): tf.Tensor => (half && half < t.shape[2]! ? tf.slice(t, [0, 0, 0], [-1, -1, half]) : t);
  const y = rotary(joined(x!), narrow(table(cosine!)), narrow(table(sine!)), heads, { interleaved: flag(node, 'interleaved') });
  return four ? split(y, heads) : y;
});

/** Scores may be changed by a graph of their own, which no vector has: what is left is plain attention. */
const flexible: Operator = (node) => attended({ ...node, outputs: node.outputs.slice(0, 1) }).slice(0, 1);

/** Attention and rotary positions. */
export const attentions: Record<string, Operator> = { Attention: attended, FlexAttention: flexible, RotaryEmbedding: turned };
