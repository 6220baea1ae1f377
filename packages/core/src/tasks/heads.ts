import { tf } from '@anyformer/engine';
import type { Memory } from '../contract/backbone.js';
import type { Head } from '../contract/head.js';
import { dense } from '../layers/dense.js';
import { initializers } from '../parameters/initializers.js';

/** One vector per example, then a dense layer: [b, s, w] -> [b, classes]. */
const pooled = (classes: number, pool: (memory: Memory) => tf.Tensor): Head<tf.Tensor2D> => ({
  reads: 'pooled',
  build(scope) {
    const layer = dense(scope, scope.width, classes, { initializer: initializers.xavierUniform() });
    return (memory) => layer(pool(memory)) as tf.Tensor2D; // [b, classes]
  },
});

/** The mean over real positions, then a dense layer to the logits: [b, s, w] -> [b, classes]. */
export const meanPool = (classes: number): Head<tf.Tensor2D> =>
  pooled(classes, ({ hidden, mask }) => {
    const real = tf.expandDims(tf.cast(mask, 'float32'), 2); // [b, s, 1]
    return tf.div(tf.sum(tf.mul(hidden, real), 1), tf.maximum(tf.sum(real, 1), 1)); // [b, w]
  });

/** The first position, then a dense layer to the logits: [b, s, w] -> [b, classes]. */
export const firstPosition = (classes: number): Head<tf.Tensor2D> =>
  pooled(classes, ({ hidden }) => {
    const [b, , w] = hidden.shape;
    return tf.reshape(tf.slice(hidden, [0, 0, 0], [b, 1, w]), [b, w]); // [b, w]
  });
