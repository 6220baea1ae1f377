import { stream } from '@anyformer/core';
import { attention, tf, valueAndGradients } from '@anyformer/engine';
import type { Row } from '../rows.js';
import type { Work } from '../work.js';

/** Causal attention alone, forward and backward. */
export const attentionWork = (row: Row): Work => {
  const { batch, length, width, heads } = row;
  const random = stream(1, row.row);
  const make = (): tf.Variable =>
    tf.tidy(() => {
      const values = Float32Array.from({ length: batch * length * width }, () => random.uniform() - 0.5);
      return tf.variable(tf.tensor3d(values, [batch, length, width]));
    });
  const [query, key, value] = [make(), make(), make()] as unknown as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
  const variables = [query, key, value] as unknown as tf.Variable[];
  return async () => {
    const made = valueAndGradients(() => ({ loss: tf.sum(attention({ query, key, value, heads, causal: true })) as tf.Scalar }), variables);
    await made.value.loss.data();
    tf.dispose([made.value.loss, ...made.gradients.values()]);
  };
};
