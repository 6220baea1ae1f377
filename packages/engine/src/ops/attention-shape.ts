import { AnyformerError } from '../error.js';
import type * as tf from '../tf.js';
import { shapeError } from './shape-error.js';

/** What attention takes. Letters: b batch, l queries, s keys, h heads, g key/value heads, d key width, e value width. */
export interface AttentionArguments {
  /** [b, l, h*d] */
  query: tf.Tensor3D;
  /** [b, s, g*d] */
  key: tf.Tensor3D;
  /** [b, s, g*e] */
  value: tf.Tensor3D;
  heads: number;
  /** g, a divisor of `heads`; `heads` where not given. */
  keyValueHeads?: number | undefined;
  /** [b, s] bool or number, true (not 0) where a key is real. */
  mask?: tf.Tensor | undefined;
  /** [1|b, 1|h, l, s], added to the scaled scores; has a gradient. */
  bias?: tf.Tensor | undefined;
  /** A query sees no key after its own position. */
  causal?: boolean | undefined;
  /** Position of the first query among the keys, for `causal`: a whole number, below 0 where it comes before them; 0 where not given. */
  offset?: number | undefined;
  /** Only the first so many keys and values are valid: the rest of a cache buffer is not looked at. */
  keyLength?: number | undefined;
  /** Factor of the scores; d ** -0.5 where not given. */
  scale?: number | undefined;
  /**
   * c: scores become `c * tanh(score / c)` before bias and mask (Gemma 2, 2024). Not fused: the scores are stored, on every engine.
   */
  softcap?: number | undefined;
  /** Dropout on the probabilities; element index [b, h, l, s]. */
  dropout?: { rate: number; seed: number } | undefined;
}

/** The sizes of one attention, checked. */
export interface AttentionShape {
  b: number;
  l: number;
  /** Keys that count. */
  s: number;
  /** Keys in the buffer, s or more. */
  capacity: number;
  heads: number;
  keyValueHeads: number;
  d: number;
  e: number;
  scale: number;
  offset: number;
}

/** Offsets up to here, and positions beyond them, are whole numbers of 32 bits. */
const farthest = 2 ** 30;

/** Reads and checks the shapes. Throws `attention/shape`, `attention/offset`. */
export function attentionShape({ query, key, value, ...given }: AttentionArguments): AttentionShape {
  const heads = given.heads;
  const keyValueHeads = given.keyValueHeads ?? heads;
  const [b, l, queryWidth] = query.shape;
  const [keyBatch, capacity, keyWidth] = key.shape;
  const d = queryWidth / heads;
  const e = value.shape[2] / keyValueHeads;
  const s = given.keyLength ?? capacity;
  const { mask, bias } = given;
  const [biasBatch, biasHeads, biasRows, biasColumns] = bias?.shape ?? [1, 1, l, s];
  const fits =
    [query, key, value].every(({ shape }) => shape.length === 3) &&
    keyBatch === b &&
    value.shape[0] === b &&
    value.shape[1] === capacity &&
    [heads, keyValueHeads, heads / keyValueHeads].every((count) => Number.isInteger(count) && count > 0) &&
    Number.isInteger(d) &&
    Number.isInteger(e) &&
    keyWidth === keyValueHeads * d &&
    Number.isInteger(s) &&
    s >= 0 &&
    s <= capacity &&
    (!mask || (mask.shape.length === 2 && mask.shape[0] === b && mask.shape[1] === s)) &&
    (!bias || bias.shape.length === 4) &&
    (biasBatch === 1 || biasBatch === b) &&
    (biasHeads === 1 || biasHeads === heads) &&
    biasRows === l &&
    biasColumns === s;
  if (!fits)
    throw shapeError(
      'attention',
      { query, key, value, mask, bias },
      `query [b, l, h*d], key [b, s, g*d], value [b, s, g*e], mask [b, s], bias [1|b, 1|h, l, s] with h = ${heads}, g = ${keyValueHeads}, ` +
        `s = ${s}; the buffers of keys and values may be longer than s`,
    );
  const { offset = 0 } = given;
  if (!Number.isSafeInteger(offset) || Math.abs(offset) > farthest)
    throw new AnyformerError({
      code: 'attention/offset',
      who: 'attention',
      given: `offset ${offset}`,
      accepted: `a whole number up to ${farthest}`,
    });
  return { b, l, s, capacity, heads, keyValueHeads, d, e, scale: given.scale ?? d ** -0.5, offset };
}
