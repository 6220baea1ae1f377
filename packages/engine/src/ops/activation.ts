import * as tf from '../tf.js';

/** `gelu` is exact (erf), `gelu-tanh` the approximation of GPT-2; `silu` is x * sigmoid(x) (Hendrycks & Gimpel 2016). */
export type Activation = 'relu' | 'gelu' | 'gelu-tanh' | 'silu';

/** Every activation, in the order the kernels number them (from 1; 0 is none). */
export const activations: readonly Activation[] = ['relu', 'gelu', 'gelu-tanh', 'silu'];

/** Applies an activation element by element. `x` [...] -> [...]. */
export function activate<T extends tf.Tensor>(x: T, kind: Activation): T {
  return referenceActivate(x, kind);
}

/** A gated linear unit (Shazeer 2020): `act(gate) * up`. Both [...] of one shape -> [...]. */
export function gated<T extends tf.Tensor>(gate: T, up: T, kind: Activation): T {
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
        const inner = tf.mul(tf.add(x, tf.mul(tf.mul(tf.square(x), x), 0.044715)), Math.sqrt(2 / Math.PI));
        return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
      }
    }
  }) as T;
}
