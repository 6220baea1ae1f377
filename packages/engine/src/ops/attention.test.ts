import test from 'ava';
import { everyEngine } from '../engines/every-engine.test-support.js';
import { valueAndGradients } from '../tape/value-and-gradients.js';
import * as tf from '../tf.js';
import { attention, attentionWeights } from './attention.js';
import * as exact from './float64.test-support.js';

const scaled = (seed: number, factor: number, shape: number[]): exact.Block => {
  const next = exact.uniform(seed);
  return exact.block(shape, () => Math.fround(next() * factor));
};

interface Sharp {
  name: string;
  inputs: [exact.Block, exact.Block, exact.Block];
  scale: number;
  weights: number[];
  tolerance: number;
}

const subjects: Sharp[] = [
  {
    // Halves, so that float32 holds every score exactly: what is left is what the softmax and its gradient lose.
    name: 'scores in the thousands cost no digits',
    inputs: [
      exact.block([1, 2, 2], (i) => [20, 30, 10.5, -5][i]!),
      exact.block([1, 3, 2], (i) => [30, 20, 31, 19.5, 28.5, 21][i]!),
      exact.block([1, 3, 2], (i) => [1, -2, 3, 0.5, -1, 2][i]!),
    ],
    scale: 1,
    weights: [1, 2, 3, 4],
    tolerance: 6e-6,
  },
  {
    // Nearly one-hot: a gradient that is almost nothing stays that, which it does only if the backward pass sees the very same scores.
    name: 'a choice that is certain has no gradient',
    inputs: [scaled(1, 15, [1, 2, 2]), scaled(2, 15, [1, 2, 2]), scaled(3, 15, [1, 2, 2])],
    scale: Math.SQRT1_2,
    weights: [0.01, -0.005, 0.002, 0.013],
    tolerance: 5e-7,
  },
];

/** Central differences in float64. */
function slopesOf({ inputs, scale, weights }: Sharp): number[][] {
  const [query, key, value] = inputs;
  const loss = (): number =>
    exact.attention(query, key, value, undefined, { heads: 1, scale }).data.reduce((sum, x, i) => sum + x * weights[i]!, 0);
  return inputs.map(({ data }) =>
    Array.from(data, (x, i) => {
      data[i] = x + 1e-6;
      const above = loss();
      data[i] = x - 1e-6;
      const below = loss();
      data[i] = x;
      return (above - below) / 2e-6;
    }),
  );
}

for (const { name: engine, start } of everyEngine) {
  for (const subject of subjects)
    test.serial(`${engine}: ${subject.name}`, async (t) => {
      await start();
      const slopes = slopesOf(subject);
      const variables = subject.inputs.map(({ data, shape }) => tf.tidy(() => tf.variable(tf.tensor(Float32Array.from(data), shape))));
      const { value, gradients } = valueAndGradients(() => {
        const [query, key, value] = variables as unknown as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
        const mixed = attention({ query, key, value, heads: 1, scale: subject.scale });
        return { loss: tf.sum(tf.mul(mixed, tf.tensor(subject.weights, mixed.shape))) as tf.Scalar };
      }, variables);
      for (const [i, variable] of variables.entries()) {
        const given = await gradients.get(variable)!.data();
        for (const [j, slope] of slopes[i]!.entries())
          t.true(Math.abs(given[j]! - slope) < subject.tolerance * (1 + Math.abs(slope)), `${i} ${j}: ${given[j]} for ${slope}`);
      }
      tf.dispose([value.loss, ...gradients.values(), ...variables]);
    });

  test.serial(`${engine}: the weights to look at add up to one, and to zero where nothing is seen`, async (t) => {
    await start();
    const x = tf.tensor3d(
      Float32Array.from({ length: 2 * 3 * 4 }, (_, i) => Math.sin(i)),
      [2, 3, 4],
    );
    const mask = tf.tensor2d([1, 1, 0, 0, 0, 0], [2, 3], 'bool');
    const weights = attentionWeights({ query: x, key: x, heads: 2, mask });
    t.deepEqual(weights.shape, [2, 2, 3, 3]);
    const sums = tf.sum(weights, -1);
    const given = [...(await sums.data())];
    t.true(
      given.every((sum, i) => Math.abs(sum - (i < 6 ? 1 : 0)) < 1e-6),
      `${given}`,
    );
    tf.dispose([x, mask, weights, sums]);
  });
}
