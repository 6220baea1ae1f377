import * as tf from '../tf.js';

/** Exchanges the data behind a tensor, as `Variable.assign` does: the tensor object stays, and whoever shares its old data keeps them. */
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
