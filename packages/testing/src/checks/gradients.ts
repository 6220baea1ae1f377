import { tf } from '@anyformer/core';
import { currentEngine, valueAndGradients } from '@anyformer/engine';
import type { Check } from '../check.js';

/** Every parameter of the embedder moves the loss, on the engine in use. */
export const gradientCheck: Check = {
  name: 'gradients',
  async run(bench) {
    const variables = bench.own.map((path) => bench.store.all.get(path)!);
    // A fixed uneven weighting: a plain sum of squares after a norm has no gradient.
    const weighting = (shape: number[]): tf.Tensor => tf.reshape(tf.cos(tf.range(0, tf.util.sizeFromShape(shape))), shape);
    let found: Awaited<ReturnType<typeof valueAndGradients>>;
    try {
      found = await valueAndGradients(() => {
        const sequence = bench.sequence(bench.examples, { training: true, seed: 1, offset: 0 });
        const { hidden, mask } = bench.backbone.encoder!(sequence, { training: true, seed: 1, offset: 0 });
        const real = tf.mul(hidden, tf.expandDims(tf.cast(mask, 'float32'), 2));
        return { loss: tf.sum(tf.mul(real, weighting(hidden.shape))) as tf.Scalar };
      }, variables);
    } catch (error) {
      throw new Error(`${bench.name}: gradients on ${currentEngine().id}: ${error instanceof Error ? error.message : String(error)}`);
    }
    const dead: string[] = [];
    for (const [i, variable] of variables.entries()) {
      const gradient = found.gradients.get(variable);
      const values = gradient === undefined ? [] : await gradient.data();
      if (!values.some((value) => value !== 0)) dead.push(bench.own[i]!);
      if (values.some((value) => !Number.isFinite(value))) dead.push(`${bench.own[i]!} (not finite)`);
    }
    tf.dispose([found.value, ...found.gradients.values()]);
    if (dead.length > 0) throw new Error(`${bench.name}: no gradient reaches ${dead.join(', ')} on ${currentEngine().id}`);
  },
};
