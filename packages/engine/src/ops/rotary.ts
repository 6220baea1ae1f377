import * as tf from '../tf.js';

/** How {@link rotary} pairs coordinates. */
export interface RotaryOptions {
  /** Pairs are neighbours (2i, 2i+1), as in RoFormer; else halves (i, i + d/2), as in GPT-NeoX and Llama. */
  interleaved?: boolean | undefined;
}

/**
 * Rotary position embedding (Su et al. 2021). `x` [b, l, h*d], `cosine` and `sine` [1|b, l, d/2] -> [b, l, h*d]. Where the tables are
 * narrower than d/2 only that leading part of each head turns, the rest passes through. No gradient goes into the tables.
 */
export function rotary(x: tf.Tensor3D, cosine: tf.Tensor, sine: tf.Tensor, heads: number, options: RotaryOptions = {}): tf.Tensor3D {
  return referenceRotary(x, cosine, sine, heads, options.interleaved ?? false);
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
