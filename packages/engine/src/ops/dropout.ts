import { type KernelBackend, kernelBackend } from '../backend/kernel-backend.js';
import { AnyformerError } from '../error.js';
import { record, recording } from '../tape/record.js';
import * as tf from '../tf.js';

/**
 * Sets each element to zero with probability `rate` and scales the rest by 1/(1 - rate). `x` [...] -> [...].
 * The generator is counter-based: element i is dropped or kept by a hash of (seed, i), so the same seed gives the same elements on
 * every engine and thread count, and the backward pass needs no stored mask. `seed` is an integer in [0, 2^53), `rate` in [0, 1).
 */
export function dropout<T extends tf.Tensor>(x: T, rate: number, seed: number): T {
  requireRate(rate);
  if (rate === 0) return tf.clone(x);
  const backend = kernelBackend('dropout');
  if (!backend) return referenceDropout(x, rate, seed);
  const y = dropped(backend, x, rate, seed);
  if (recording())
    record(backend, {
      name: 'Dropout',
      inputs: { x },
      output: y,
      save: [],
      gradient: (dy) => ({ x: () => dropped(backend, dy, rate, seed) }),
    });
  return y as T;
}

function dropped(backend: KernelBackend, x: tf.Tensor, rate: number, seed: number): tf.Tensor {
  const [first, second] = dropoutKeys(seed);
  const y = backend.tensor(x.shape);
  backend.call.dropout(x.size, first, second, dropoutThreshold(rate), 1 / (1 - rate), backend.floats(x), backend.floats(y));
  return y;
}

/** {@link dropout} as a composition of stock ops: the mask is drawn on the host and multiplied in. */
export function referenceDropout<T extends tf.Tensor>(x: T, rate: number, seed: number): T {
  return tf.tidy(() => tf.mul(x, tf.tensor(dropoutMask(x.size, rate, seed), x.shape))) as T;
}

/** n factors, 0 or 1/(1 - rate), in float32. */
export function dropoutMask(n: number, rate: number, seed: number): Float32Array {
  const [first, second] = dropoutKeys(seed);
  const threshold = dropoutThreshold(rate);
  const kept = 1 / (1 - rate);
  const mask = new Float32Array(n);
  for (let i = 0; i < n; i++) mask[i] = counterBits(first, second, i) < threshold ? 0 : kept;
  return mask;
}

/** An element is dropped when its 32 bits are below this. */
export const dropoutThreshold = (rate: number): number => Math.min(Math.round(rate * 2 ** 32), 2 ** 32 - 1);

/** The two 32-bit keys of a seed. Throws `dropout/seed`. */
export function dropoutKeys(seed: number): [number, number] {
  if (!(Number.isSafeInteger(seed) && seed >= 0))
    throw new AnyformerError({
      code: 'dropout/seed',
      who: 'dropout',
      given: `seed ${seed}`,
      accepted: 'a whole number in [0, 2^53)',
      exit: 2,
    });
  const low = seed >>> 0;
  const high = Math.floor(seed / 2 ** 32) >>> 0;
  const first = mix(low ^ mix(high + 0x9e3779b9));
  return [first, mix(first + 0x85ebca6b + high)];
}

/**
 * 32 uniform bits for element i: the avalanche hash `lowbias32` (C. Wellons, "Prospecting for hash functions") with the second key
 * added half-way, so that two seeds are not the same sequence shifted. Six integer operations, the same in C, in SIMD and here.
 */
function counterBits(first: number, second: number, i: number): number {
  let x = (i + first) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = (x ^ (x >>> 15)) + second;
  x = Math.imul(x, 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/** Fails unless 0 <= rate < 1. */
export function requireRate(rate: number): void {
  if (rate >= 0 && rate < 1) return;
  throw new AnyformerError({ code: 'dropout/rate', who: 'dropout', given: `rate ${rate}`, accepted: '0 <= rate < 1', exit: 2 });
}
