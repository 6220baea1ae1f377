import { AnyformerError } from '../error.js';
import * as tf from '../tf.js';

/**
 * Keys and values of the positions decoded so far. `key` and `value` may hold spare rows after `length`: give `keyLength: cache.length`
 * to attention. Appending is in place on our own engines and never copies what is there; it grows when the capacity is used up.
 */
export class KeyValueCache {
  /** [b, capacity, keyWidth]; replaced when the cache grows or is reordered, so do not hold on to it. */
  key: tf.Tensor3D;
  /** [b, capacity, valueWidth] */
  value: tf.Tensor3D;
  /** Positions held. */
  length = 0;

  /** Room for `capacity` positions of `b` sequences to begin with. */
  constructor(b: number, capacity: number, keyWidth: number, valueWidth: number) {
    this.key = tf.keep(tf.zeros([b, capacity, keyWidth]));
    this.value = tf.keep(tf.zeros([b, capacity, valueWidth]));
  }

  /** Adds n positions: `key` [b, n, keyWidth], `value` [b, n, valueWidth]. */
  append(key: tf.Tensor3D, value: tf.Tensor3D): void {
    const [b, n] = key.shape;
    if (b !== this.key.shape[0] || key.shape[2] !== this.key.shape[2] || value.shape[0] !== b || value.shape[1] !== n)
      throw new AnyformerError({
        code: 'cache/shape',
        who: 'KeyValueCache.append',
        given: `key [${key.shape}], value [${value.shape}]`,
        accepted: `[${this.key.shape[0]}, n, ${this.key.shape[2]}] and [${this.key.shape[0]}, n, ${this.value.shape[2]}]`,
      });
    this.key = appended(this.key, this.length, key);
    this.value = appended(this.value, this.length, value);
    this.length += n;
  }

  /** Keeps the given sequences in the given order: a row may be repeated or left out; the new batch size is `rows.length`. */
  reorder(rows: Int32Array): void {
    this.key = reordered(this.key, rows);
    this.value = reordered(this.value, rows);
  }

  /** Frees the memory. */
  dispose(): void {
    this.key.dispose();
    this.value.dispose();
  }
}

function appended(buffer: tf.Tensor3D, length: number, rows: tf.Tensor3D): tf.Tensor3D {
  const [b, , w] = buffer.shape;
  const longer = tf.tidy(() => tf.keep(tf.concat([tf.slice(buffer, [0, 0, 0], [b, length, w]), rows], 1)));
  buffer.dispose();
  return longer;
}

function reordered(buffer: tf.Tensor3D, rows: Int32Array): tf.Tensor3D {
  const kept = tf.tidy(() => tf.keep(tf.gather(buffer, tf.tensor1d(rows, 'int32'))));
  buffer.dispose();
  return kept;
}
