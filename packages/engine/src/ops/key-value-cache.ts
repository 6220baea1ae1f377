import { type KernelBackend, kernelBackend } from '../backend/kernel-backend.js';
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
    if (b !== this.key.shape[0] || key.shape[2] !== this.key.shape[2] || !tf.util.arraysEqual(value.shape, [b, n, this.value.shape[2]]))
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
    this.key = reordered(this.key, this.length, rows);
    this.value = reordered(this.value, this.length, rows);
  }

  /** Frees the memory. */
  dispose(): void {
    this.key.dispose();
    this.value.dispose();
  }
}

function appended(buffer: tf.Tensor3D, length: number, rows: tf.Tensor3D): tf.Tensor3D {
  const backend = kernelBackend('KeyValueCache.append');
  if (backend) return appendedInPlace(backend, buffer, length, rows);
  const [b, , w] = buffer.shape;
  const longer = tf.tidy(() => tf.keep(tf.concat([tf.slice(buffer, [0, 0, 0], [b, length, w]), rows], 1)));
  buffer.dispose();
  return longer;
}

function appendedInPlace(backend: KernelBackend, buffer: tf.Tensor3D, length: number, rows: tf.Tensor3D): tf.Tensor3D {
  const [b, capacity, w] = buffer.shape;
  const n = rows.shape[1];
  let target = buffer;
  if (length + n > capacity) {
    target = tf.keep(backend.tensor([b, Math.max(2 * capacity, length + n), w])) as tf.Tensor3D;
    backend.call.fill(target.size, 0, backend.floats(target));
    copyRows(backend, buffer, b, length * w, capacity * w, target, 0);
    buffer.dispose();
  }
  copyRows(backend, rows, b, n * w, n * w, target, length * w);
  return target;
}

/** Copies the first `used` elements of each of b blocks to the blocks of the target, `offset` elements into each. */
function copyRows(backend: KernelBackend, from: tf.Tensor, b: number, used: number, step: number, to: tf.Tensor3D, offset: number): void {
  const toStep = to.shape[1] * to.shape[2];
  const start = backend.floats(to) + 4 * offset;
  backend.call.copy_strided(1, 1, 1, b, used, backend.floats(from), 0, 0, 0, step, 1, start, 0, 0, 0, toStep, 1);
}

function reordered(buffer: tf.Tensor3D, length: number, rows: Int32Array): tf.Tensor3D {
  const outside = rows.find((row) => row < 0 || row >= buffer.shape[0]);
  if (outside !== undefined)
    throw new AnyformerError({
      code: 'cache/row',
      who: 'KeyValueCache.reorder',
      given: `row ${outside}`,
      accepted: `0 to ${buffer.shape[0] - 1}`,
    });
  const backend = kernelBackend('KeyValueCache.reorder');
  if (backend) return reorderedInPlace(backend, buffer, length, rows);
  const kept = tf.tidy(() => tf.keep(tf.gather(buffer, tf.tensor1d(rows, 'int32'))));
  buffer.dispose();
  return kept;
}

/** Where as many rows stay as there were they are put back where they lay, so that whoever knows the place still finds them there. */
function reorderedInPlace(backend: KernelBackend, buffer: tf.Tensor3D, length: number, rows: Int32Array): tf.Tensor3D {
  const [b, capacity, w] = buffer.shape;
  const { call } = backend;
  const ids = tf.tensor1d(rows, 'int32');
  const used = length * w;
  if (rows.length !== b) {
    const target = tf.keep(backend.tensor([rows.length, capacity, w])) as tf.Tensor3D;
    call.copy_blocks(rows.length, backend.ints(ids), used, capacity * w, backend.floats(buffer), backend.floats(target));
    tf.dispose([ids, buffer]);
    return target;
  }
  const aside = backend.tensor([b, capacity, w]);
  call.copy_blocks(b, backend.ints(ids), used, capacity * w, backend.floats(buffer), backend.floats(aside));
  call.copy_strided(1, 1, 1, b, used, backend.floats(aside), 0, 0, 0, capacity * w, 1, backend.floats(buffer), 0, 0, 0, capacity * w, 1);
  tf.dispose([ids, aside]);
  return buffer;
}
