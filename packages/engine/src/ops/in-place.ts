import { type KernelBackend, kernelBackend } from '../backend/kernel-backend.js';
import { replaceValues } from '../backend/replace-values.js';
import { AnyformerError } from '../error.js';
import * as tf from '../tf.js';

/** t *= factor. Not differentiable; `t` keeps its identity, so a gradient or a variable may be given. */
export function scaleInPlace(t: tf.Tensor, factor: number): void {
  const backend = kernelBackend('scaleInPlace');
  if (backend) backend.call.scale_in_place(t.size, backend.floatsToWrite(t), factor);
  else replaceValues(t, () => tf.mul(t, factor));
}

/** t += factor * other, for two tensors of one shape. */
export function addInPlace(t: tf.Tensor, other: tf.Tensor, factor = 1): void {
  requireSameShape(t, other);
  const backend = kernelBackend('addInPlace');
  if (backend) backend.call.add_in_place(t.size, backend.floatsToWrite(t), backend.floats(other), factor);
  else replaceValues(t, () => tf.add(t, factor === 1 ? other : tf.mul(other, factor)));
}

/** target += weight * (source - target): an exponential moving average with decay `1 - weight`. */
export function lerpInPlace(target: tf.Tensor, source: tf.Tensor, weight: number): void {
  requireSameShape(target, source);
  const backend = kernelBackend('lerpInPlace');
  if (backend) backend.call.lerp_in_place(target.size, backend.floatsToWrite(target), backend.floats(source), weight);
  else replaceValues(target, () => tf.add(target, tf.mul(tf.sub(source, target), weight)));
}

/** target = source, copied into the target's own memory. */
export function assignInPlace(target: tf.Tensor, source: tf.Tensor): void {
  requireSameShape(target, source);
  const backend = kernelBackend('assignInPlace');
  if (backend) copyFloats(backend, source, target);
  else replaceValues(target, () => tf.add(source, 0));
}

function copyFloats(backend: KernelBackend, from: tf.Tensor, to: tf.Tensor): void {
  backend.call.copy_strided(1, 1, 1, 1, from.size, backend.floats(from), 0, 0, 0, 0, 1, backend.floatsToWrite(to), 0, 0, 0, 0, 1);
}

/** Fails unless two tensors have one shape. */
export function requireSameShape(t: tf.Tensor, other: tf.Tensor): void {
  if (tf.util.arraysEqual(t.shape, other.shape)) return;
  throw new AnyformerError({ code: 'in-place/shape', who: 'in place', given: `[${t.shape}] and [${other.shape}]`, accepted: 'one shape' });
}
