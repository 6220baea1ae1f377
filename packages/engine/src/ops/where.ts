import * as tf from '@tensorflow/tfjs-core';
import { broadcastTo } from './broadcast-to.js';

const shapeOf = (x: tf.Tensor | tf.TensorLike): number[] => {
  if (x instanceof tf.Tensor) return x.shape;
  return typeof x === 'object' ? tf.tidy(() => tf.tensor(x).shape) : [];
};

/** `tf.where`, of nothing too, see {@link broadcastTo}. */
export function where<T extends tf.Tensor>(condition: tf.Tensor | tf.TensorLike, a: T | tf.TensorLike, b: T | tf.TensorLike): T {
  const shape = [condition, a, b].map(shapeOf).reduce((whole, one) => tf.backend_util.assertAndGetBroadcastShape(whole, one));
  if (!shape.includes(0)) return tf.where(condition, a, b);
  return tf.tidy(() => tf.where(broadcastTo(condition, shape), broadcastTo(a, shape), broadcastTo(b, shape)) as T);
}
