import { type KernelBackend, kernelBackend } from '../backend/kernel-backend.js';
import { record, recording } from '../tape/record.js';
import * as tf from '../tf.js';
import { shapeError } from './shape-error.js';

/**
 * Layer normalisation over the last axis (Ba et al. 2016), with the variance of the row, not of a sample.
 * `x` [..., w], `gain` [w], `bias` [w] or undefined -> [..., w]. Throws `layer-norm/shape`.
 */
export function layerNorm<T extends tf.Tensor>(x: T, gain: tf.Tensor, bias: tf.Tensor | undefined, epsilon: number): T {
  requireRowsOf(x, gain, bias, 'layerNorm');
  const backend = kernelBackend('layerNorm');
  return backend ? fusedNorm(backend, x, gain, bias, epsilon, true) : referenceLayerNorm(x, gain, bias, epsilon);
}

/** Root-mean-square normalisation over the last axis (Zhang & Sennrich 2019). `x` [..., w], `gain` [w] -> [..., w]. Throws `rms-norm/shape`. */
export function rmsNorm<T extends tf.Tensor>(x: T, gain: tf.Tensor, epsilon: number): T {
  requireRowsOf(x, gain, undefined, 'rmsNorm');
  const backend = kernelBackend('rmsNorm');
  return backend ? fusedNorm(backend, x, gain, undefined, epsilon, false) : referenceRmsNorm(x, gain, epsilon);
}

function requireRowsOf(x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor | undefined, op: string): void {
  const w = x.shape[x.shape.length - 1];
  if (w === undefined || gain.size !== w || (bias && bias.size !== w))
    throw shapeError(op, { x, gain, bias }, 'x [..., w], gain [w], bias [w]');
}

function fusedNorm<T extends tf.Tensor>(
  backend: KernelBackend,
  x: T,
  gain: tf.Tensor,
  bias: tf.Tensor | undefined,
  epsilon: number,
  centred: boolean,
): T {
  const w = x.shape[x.shape.length - 1]!;
  const n = w === 0 ? 0 : x.size / w;
  const { call } = backend;
  const isRecording = recording();
  const y = backend.tensor(x.shape);
  const stats = isRecording ? backend.tensor([n, 2]) : undefined;
  call.norm_forward(
    n,
    w,
    centred ? 1 : 0,
    epsilon,
    backend.floats(x),
    backend.floats(gain),
    bias ? backend.floats(bias) : 0,
    backend.floats(y),
    stats ? backend.floats(stats) : 0,
  );
  if (stats)
    record(backend, {
      name: centred ? 'LayerNorm' : 'RmsNorm',
      inputs: { x, gain, bias },
      output: y,
      save: [x, gain, stats],
      gradient: (dy, [x, gain, stats], needed) => {
        const dx = backend.tensor(x.shape);
        const dgain = backend.tensor(gain.shape);
        const dbias = needed('bias') ? backend.tensor(gain.shape) : undefined;
        call.norm_backward(
          n,
          w,
          centred ? 1 : 0,
          backend.floats(x),
          backend.floats(gain),
          backend.floats(stats),
          backend.floats(dy),
          backend.floats(dx),
          backend.floats(dgain),
          dbias ? backend.floats(dbias) : 0,
        );
        return { x: () => dx, gain: () => dgain, bias: () => dbias! };
      },
    });
  return y as T;
}

/** {@link layerNorm} as a composition of stock ops. */
export function referenceLayerNorm<T extends tf.Tensor>(x: T, gain: tf.Tensor, bias: tf.Tensor | undefined, epsilon: number): T {
  return tf.tidy(() => {
    const centred = tf.sub(x, tf.mean(x, -1, true));
    const variance = tf.mean(tf.square(centred), -1, true);
    const y = tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon))), gain);
    return bias ? tf.add(y, bias) : y;
  }) as T;
}

/** {@link rmsNorm} as a composition of stock ops. */
export function referenceRmsNorm<T extends tf.Tensor>(x: T, gain: tf.Tensor, epsilon: number): T {
  return tf.tidy(() => tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon))), gain)) as T;
}
