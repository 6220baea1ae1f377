import { type KernelBackend, kernelBackend } from '../backend/kernel-backend.js';
import { record, recording } from '../tape/record.js';
import * as tf from '../tf.js';
import { shapeError } from './shape-error.js';

/** How {@link rotary} pairs coordinates. */
export interface RotaryOptions {
  /** Pairs are neighbours (2i, 2i+1), as in RoFormer; else halves (i, i + d/2), as in GPT-NeoX and Llama. */
  interleaved?: boolean | undefined;
}

/**
 * Rotary position embedding (Su et al. 2021). `x` [b, l, h*d], `cosine` and `sine` [1|b, l, d/2] -> [b, l, h*d]. Where the tables are
 * narrower than d/2 only that leading part of each head turns, the rest passes through. No gradient goes into the tables.
 * Throws `rotary/shape`.
 */
export function rotary(x: tf.Tensor3D, cosine: tf.Tensor, sine: tf.Tensor, heads: number, options: RotaryOptions = {}): tf.Tensor3D {
  const interleaved = options.interleaved ?? false;
  const [tables, length, half] = cosine.shape as [number, number, number];
  const [b, l, w] = x.shape;
  const fits = cosine.shape.length === 3 && length === l && (tables === 1 || tables === b) && 2 * half <= w / heads;
  const divides = Number.isInteger(heads) && heads > 0 && Number.isInteger(w / heads);
  if (x.shape.length !== 3 || !divides || !fits || !tf.util.arraysEqual(cosine.shape, sine.shape))
    throw shapeError('rotary', { x, cosine, sine }, `x [b, l, h*d] of h = ${heads} heads, cosine and sine [1|b, l, d/2 at most]`);
  const backend = kernelBackend('rotary');
  if (!backend) return referenceRotary(x, cosine, sine, heads, interleaved);
  const y = turned(backend, x, cosine, sine, heads, interleaved, 1);
  if (recording())
    record(backend, {
      name: 'Rotary',
      inputs: { x },
      output: y,
      save: [cosine, sine],
      gradient: (dy, [cosine, sine]) => ({ x: () => turned(backend, dy, cosine, sine, heads, interleaved, -1) }),
    });
  return y as tf.Tensor3D;
}

function turned(
  backend: KernelBackend,
  x: tf.Tensor,
  cosine: tf.Tensor,
  sine: tf.Tensor,
  heads: number,
  interleaved: boolean,
  direction: 1 | -1,
): tf.Tensor {
  const [b, l, w] = x.shape as [number, number, number];
  const [tables, , half] = cosine.shape as [number, number, number];
  const y = backend.tensor(x.shape);
  const step = tables === 1 ? 0 : l * half;
  const cosines = backend.floats(cosine);
  const sines = backend.floats(sine);
  backend.call.rotary(
    b,
    l,
    heads,
    w / heads,
    half,
    interleaved ? 1 : 0,
    direction,
    backend.floats(x),
    cosines,
    sines,
    step,
    backend.floats(y),
  );
  return y;
}

/** {@link rotary} as a composition of stock ops. */
export function referenceRotary(x: tf.Tensor3D, cosine: tf.Tensor, sine: tf.Tensor, heads: number, interleaved: boolean): tf.Tensor3D {
  return tf.tidy(() => {
    const [b, l, w] = x.shape;
    const d = w / heads;
    const half = cosine.shape[2]!;
    const split = tf.reshape(x, [b, l, heads, d]); // [b, l, h, d]
    const cos = tf.expandDims(cosine, 2); // [1|b, l, 1, d/2]
    const sin = tf.expandDims(sine, 2);
    const turning = tf.slice(split, [0, 0, 0, 0], [b, l, heads, 2 * half]);
    const pairs = interleaved
      ? tf.reshape(turning, [b, l, heads, half, 2])
      : tf.transpose(tf.reshape(turning, [b, l, heads, 2, half]), [0, 1, 2, 4, 3]); // [b, l, h, d/2, 2]
    const [first, second] = tf.unstack(pairs, -1) as [tf.Tensor, tf.Tensor]; // [b, l, h, d/2]
    const turned = [tf.sub(tf.mul(first, cos), tf.mul(second, sin)), tf.add(tf.mul(second, cos), tf.mul(first, sin))];
    const joined = tf.reshape(interleaved ? tf.stack(turned, -1) : tf.concat(turned, -1), [b, l, heads, 2 * half]);
    const whole = 2 * half === d ? joined : tf.concat([joined, tf.slice(split, [0, 0, 0, 2 * half], [b, l, heads, d - 2 * half])], -1);
    return tf.reshape(whole, [b, l, w]) as tf.Tensor3D; // [b, l, h*d]
  });
}
