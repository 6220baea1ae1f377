import test from 'ava';
import { everyEngine } from '../engines/every-engine.test-support.js';
import { addInPlace } from '../ops/in-place.js';
import { linear } from '../ops/linear.js';
import { valueAndGradients } from '../tape/value-and-gradients.js';
import * as tf from '../tf.js';

const matrix = (): tf.Tensor => tf.tensor2d([1, 2, 3, 4], [2, 2]);
const flags = (): tf.Tensor => tf.tensor1d([1, 0, 1, 1], 'bool');

/** Stock kernels that hand on a view of what they are given. */
const handedOn: Readonly<Record<string, readonly [source: () => tf.Tensor, part: (x: tf.Tensor) => tf.Tensor, values: number[]]>> = {
  unstack: [matrix, (x) => tf.unstack(x)[1]!, [3, 4]],
  stridedSlice: [() => tf.tensor1d([1, 2, 3, 4]), (x) => tf.stridedSlice(x, [1], [3], [1]), [2, 3]],
  'slice of truths': [flags, (x) => tf.slice(x, [1], [3]), [0, 1, 1]],
  'split of truths': [flags, (x) => tf.split(x, 2)[1]!, [1, 1]],
  complex: [matrix, (x) => tf.real(tf.complex(x, x)), [1, 2, 3, 4]],
};

for (const { name: engine, start } of everyEngine) {
  test.serial(`${engine}: what stock kernels hand on outlives what it came from`, async (t) => {
    await start();
    for (const [name, [source, part, values]] of Object.entries(handedOn)) {
      const x = source();
      const y = tf.tidy(() => part(x));
      x.dispose();
      const others = [tf.fill([2, 2], 7), tf.fill([4], 7), tf.zeros([4], 'bool')];
      for (const one of others) await one.data();
      t.deepEqual([...(await y.data())].map(Number), values, name);
      tf.dispose([y, ...others]);
    }
  });

  test.serial(`${engine}: so does the gradient of what was stacked`, async (t) => {
    await start();
    const [a, b, c] = [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.tensor1d([3, 4])), matrix()];
    const { value, gradients } = valueAndGradients(() => ({ loss: tf.sum(tf.mul(tf.stack([a, b]), c)) as tf.Scalar }), [a, b]);
    const others = Array.from({ length: 20 }, () => tf.fill([2, 2], 7));
    for (const one of others) await one.data();
    t.deepEqual(await Promise.all([...gradients.values()].map(async (g) => [...(await g.data())])), [
      [1, 2],
      [3, 4],
    ]);
    tf.dispose([a, b, c, value.loss, ...gradients.values(), ...others]);
  });

  test.serial(`${engine}: a row taken out of a variable does not change with it`, async (t) => {
    await start();
    const w = tf.variable(matrix());
    const [first, second] = tf.unstack(w) as [tf.Tensor, tf.Tensor];
    addInPlace(w, tf.ones([2, 2]));
    t.deepEqual([...(await w.data()), ...(await first.data())], [2, 3, 4, 5, 1, 2]);
    tf.dispose([w, first, second]);
  });

  test.serial(`${engine}: a stock kernel reads a weight that was packed for products`, async (t) => {
    await start();
    const n = 512;
    for (let filled = 0; filled < 12; filled++) {
      const [weight, a, x] = [tf.variable(tf.fill([n, n], 2)), tf.fill([n, n], 3), tf.ones([1, n])];
      // Up to the end of the memory, so that it grows where the weight is put back into rows.
      const others = [tf.sum(a), linear(x, weight), ...Array.from({ length: filled }, () => tf.fill([n, n], 1))];
      const y = tf.atan2(a, weight);
      t.true(
        (await y.data()).every((value) => Math.abs(value - Math.atan2(3, 2)) < 1e-6),
        `after ${filled}`,
      );
      tf.dispose([weight, a, x, y, ...others]);
    }
  });
}
