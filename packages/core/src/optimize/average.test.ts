import { tf, useEngine } from '@anyformer/engine';
import test from 'ava';
import { meanOfWeights, WeightAverage } from './average.js';

test.before(() => useEngine());

const weights = (...values: number[]) => new Map([['a/w', { shape: [values.length], values: Float32Array.from(values) }]]);

test('the mean of checkpoints is that of each number, rounded once', (t) => {
  const mean = meanOfWeights([weights(1, 1e8, -3), weights(2, 1, 5), weights(6, -1e8, 1)]);
  t.deepEqual(mean.get('a/w'), { shape: [3], values: Float32Array.of(3, 1 / 3, 1) });
  t.deepEqual(meanOfWeights([weights(0.1, 0.7)]), weights(0.1, 0.7));
});

test.serial('early on an average forgets quickly; evaluating with it gives the weights back bit for bit', async (t) => {
  const w = tf.tidy(() => tf.variable(tf.tensor1d([0, 0.1])));
  const average = new WeightAverage(new Map([['w', w]]), 0.99);
  tf.tidy(() => w.assign(tf.tensor1d([1, 0.3])));
  average.update(1);
  // decay 2 / 11
  const expected = [9 / 11, 0.1 * (2 / 11) + 0.3 * (9 / 11)];
  const seen = await average.swapped(async () => [...w.dataSync()]);
  seen.forEach((value, i) => t.true(Math.abs(value - expected[i]!) < 1e-6, `${value}`));
  t.deepEqual(w.dataSync(), Float32Array.of(1, 0.3));
  await t.throwsAsync(
    average.swapped(() => Promise.reject(new Error('no'))),
    { message: 'no' },
  );
  t.deepEqual(w.dataSync(), Float32Array.of(1, 0.3));
  average.dispose();
  w.dispose();
});
