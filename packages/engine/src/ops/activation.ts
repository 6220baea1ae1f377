import { type KernelBackend, kernelBackend } from '../backend/kernel-backend.js';
import { AnyformerError } from '../error.js';
import { record, recording } from '../tape/record.js';
import * as tf from '../tf.js';
import { shapeError } from './shape-error.js';

/** `gelu` is exact (erf), `gelu-tanh` the approximation of GPT-2; `silu` is x * sigmoid(x) (Hendrycks & Gimpel 2016). */
export type Activation = 'relu' | 'gelu' | 'gelu-tanh' | 'silu';

/** Every activation, in the order the kernels number them (from 1; 0 is none). */
export const activations: readonly Activation[] = ['relu', 'gelu', 'gelu-tanh', 'silu'];

/** Applies an activation element by element. `x` [...] -> [...]. */
export function activate<T extends tf.Tensor>(x: T, kind: Activation): T {
  requireKind(kind);
  const backend = kernelBackend('activate');
  if (!backend) return referenceActivate(x, kind);
  const y = backend.tensor(x.shape);
  backend.call.activation(kindNumber(kind), x.size, backend.floats(x), backend.floats(y));
  if (recording())
    record(backend, {
      name: 'Activate',
      inputs: { x },
      output: y,
      save: [x],
      gradient: (dy, [x]) => ({ x: () => activationGradient(backend, kind, x, dy) }),
    });
  return y as T;
}

/** The number of an activation in the kernels; 0 for none. Throws `activation/unknown`. */
export function kindNumber(kind: Activation | undefined): number {
  if (kind === undefined) return 0;
  requireKind(kind);
  return activations.indexOf(kind) + 1;
}

function requireKind(kind: Activation): void {
  if (activations.includes(kind)) return;
  throw new AnyformerError({ code: 'activation/unknown', who: 'activation', given: `'${kind}'`, accepted: activations.join(', ') });
}

/** dy times the slope at x. */
export function activationGradient(backend: KernelBackend, kind: Activation, x: tf.Tensor, dy: tf.Tensor): tf.Tensor {
  const dx = backend.tensor(x.shape);
  backend.call.activation_backward(kindNumber(kind), x.size, backend.floats(x), backend.floats(dy), backend.floats(dx));
  return dx;
}

/** A gated linear unit (Shazeer 2020): `act(gate) * up`. Both [...] of one shape -> [...]. Throws `gated/shape`. */
export function gated<T extends tf.Tensor>(gate: T, up: T, kind: Activation): T {
  if (!tf.util.arraysEqual(gate.shape, up.shape)) throw shapeError('gated', { gate, up }, 'two tensors of one shape');
  requireKind(kind);
  const backend = kernelBackend('gated');
  if (!backend) return referenceGated(gate, up, kind);
  const y = backend.tensor(gate.shape);
  backend.call.gated_activation(kindNumber(kind), gate.size, backend.floats(gate), backend.floats(up), backend.floats(y));
  if (recording())
    record(backend, {
      name: 'Gated',
      inputs: { gate, up },
      output: y,
      save: [gate, up],
      gradient: (dy, [gate, up]) => {
        const dgate = backend.tensor(gate.shape);
        const dup = backend.tensor(up.shape);
        const { call } = backend;
        call.gated_activation_backward(
          kindNumber(kind),
          gate.size,
          backend.floats(gate),
          backend.floats(up),
          backend.floats(dy),
          backend.floats(dgate),
          backend.floats(dup),
        );
        return { gate: () => dgate, up: () => dup };
      },
    });
  return y as T;
}

/** {@link gated} as a composition of stock ops. */
export function referenceGated<T extends tf.Tensor>(gate: T, up: T, kind: Activation): T {
  return tf.tidy(() => tf.mul(referenceActivate(gate, kind), up));
}

/** The activation as a composition of stock ops. */
export function referenceActivate<T extends tf.Tensor>(x: T, kind: Activation): T {
  return tf.tidy(() => {
    switch (kind) {
      case 'relu':
        return tf.relu(x);
      case 'silu':
        return tf.mul(x, tf.sigmoid(x));
      case 'gelu':
        return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
      case 'gelu-tanh': {
        // From 10 on tanh is 1 to the last bit; the cube of a large number, and the slope after it, would be infinity times 0.
        const near = tf.clipByValue(x, -10, 10);
        const inner = tf.mul(tf.add(near, tf.mul(tf.mul(tf.square(near), near), 0.044715)), Math.sqrt(2 / Math.PI));
        return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
      }
      default:
        return kindNumber(kind) as never;
    }
  }) as T;
}
