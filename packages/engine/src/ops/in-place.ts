import * as tf from '../tf.js';

/** t *= factor. Not differentiable; `t` keeps its identity, so a gradient or a variable may be given. */
export function scaleInPlace(t: tf.Tensor, factor: number): void {
  replaceValues(t, () => tf.mul(t, factor));
}

/** t += factor * other, for two tensors of one shape. */
export function addInPlace(t: tf.Tensor, other: tf.Tensor, factor = 1): void {
  replaceValues(t, () => tf.add(t, factor === 1 ? other : tf.mul(other, factor)));
}

/** target += weight * (source - target): an exponential moving average with decay `1 - weight`. */
export function lerpInPlace(target: tf.Tensor, source: tf.Tensor, weight: number): void {
  replaceValues(target, () => tf.add(target, tf.mul(tf.sub(source, target), weight)));
}

/** target = source, copied into the target's own memory. */
export function assignInPlace(target: tf.Tensor, source: tf.Tensor): void {
  replaceValues(target, () => tf.add(source, 0));
}

/**
 * What "in place" means on an engine whose tensors cannot be written: the tensor object stays, the data behind it are exchanged, as
 * `Variable.assign` does.
 */
export function replaceValues(t: tf.Tensor, compute: () => tf.Tensor): void {
  const fresh = tf.tidy(compute);
  if (t instanceof tf.Variable) t.assign(fresh);
  else {
    const engine = tf.engine() as unknown as { disposeTensor(t: tf.Tensor): void; incRef(t: tf.Tensor, backend: null): void };
    engine.disposeTensor(t);
    t.dataId = fresh.dataId;
    engine.incRef(t, null);
  }
  fresh.dispose();
}
