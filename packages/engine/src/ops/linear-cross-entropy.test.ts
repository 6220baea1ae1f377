import test from 'ava';
import { kernelBackend } from '../backend/kernel-backend.js';
import { everyEngine } from '../engines/every-engine.test-support.js';
import { tensorCount } from '../memory.js';
import { valueAndGradients } from '../tape/value-and-gradients.js';
import * as tf from '../tf.js';
import { crossEntropy } from './cross-entropy.js';
import { uniform } from './float64.test-support.js';
import { linear } from './linear.js';
import { linearCrossEntropy } from './linear-cross-entropy.js';

const made = (seed: number, shape: number[]): tf.Variable => {
  const next = uniform(seed);
  return tf.tidy(() => tf.variable(tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, next), shape)));
};
const labelsOf = (n: number, v: number): tf.Tensor =>
  tf.tensor(
    Int32Array.from({ length: n }, (_, i) => (i % 5 === 3 ? -1 : (i * 7919) % v)),
    [n],
    'int32',
  );

for (const { name: engine, start } of everyEngine) {
  // Enough classes for three blocks of rows, the last one not whole.
  if (engine !== 'cpu')
    test.serial(`${engine}: in blocks the loss and its gradients are what they are as a whole`, async (t) => {
      await start();
      const [n, w, v] = [520, 5, 16_411];
      const variables = [made(1, [n, w]), made(2, [v, w]), made(3, [v])] as const;
      const [hidden, table, bias] = variables as unknown as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
      const labels = labelsOf(n, v);
      const options = { labelSmoothing: 0.1 };
      const before = tensorCount();
      const pool = kernelBackend()?.pool;
      const peakOf = (run: () => ReturnType<typeof crossEntropy>) => {
        if (pool) pool.peakBytes = pool.liveBytes;
        const { value, gradients } = valueAndGradients(() => {
          const { sum, weight } = run();
          return { loss: tf.div(sum, weight) as tf.Scalar, weight };
        }, variables);
        return { value, gradients, peak: (pool?.peakBytes ?? 0) - (pool?.liveBytes ?? 0) };
      };
      const whole = peakOf(() => crossEntropy(linear(hidden, table, { bias, transposed: true }), labels, options));
      const blocks = peakOf(() => linearCrossEntropy(hidden, table, labels, { bias, ...options }));
      t.deepEqual(await blocks.value.weight.data(), await whole.value.weight.data());
      const [loss] = await blocks.value.loss.data();
      t.true(Math.abs(loss! - (await whole.value.loss.data())[0]!) < 1e-5 * loss!);
      for (const variable of variables) {
        const [given, right] = [
          await blocks.gradients.get(variable)!.data<'float32'>(),
          await whole.gradients.get(variable)!.data<'float32'>(),
        ];
        const scale = right.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
        t.true(given.every((x, i) => Math.abs(x - right[i]!) <= 1e-5 * scale));
      }
      if (pool) t.true(blocks.peak < 0.6 * whole.peak, `${blocks.peak} bytes beside ${whole.peak}`);
      for (const { value, gradients } of [whole, blocks]) tf.dispose([value.loss, value.weight, ...gradients.values()]);
      t.is(tensorCount(), before, 'nothing is left behind');
      tf.dispose([labels, ...variables]);
    });

  test.serial(`${engine}: no rows, rows that do not count, a label too large, and a NaN`, async (t) => {
    await start();
    const [hidden, table, wide] = [made(1, [3, 4]), made(2, [7, 4]), made(3, [7, 5])];
    const ids = (values: number[]): tf.Tensor => tf.tensor(values, [values.length], 'int32');
    const before = tensorCount();
    const loss = (x: tf.Tensor, labels: tf.Tensor) =>
      valueAndGradients(() => {
        const { sum, weight } = linearCrossEntropy(x, table, labels);
        return { loss: sum, weight };
      }, [table]);
    for (const [rows, labels] of [
      [0, []],
      [3, [-1, -1, -1]],
    ] as [number, number[]][]) {
      const [x, y] = [tf.slice(hidden, [0, 0], [rows, 4]), ids(labels)];
      const { value, gradients } = loss(x, y);
      // A GPU adds up to -0.
      t.true([...(await value.loss.data()), ...(await value.weight.data())].every((total) => total === 0));
      t.true([...(await gradients.get(table)!.data())].every((slope) => slope === 0));
      tf.dispose([x, y, value.loss, value.weight, ...gradients.values()]);
    }
    const wrong = ids([0, 7, 1]);
    t.throws(() => loss(hidden, wrong), { code: 'cross-entropy/label-out-of-range' });
    const right = ids([0, 6, 1]);
    t.throws(() => linearCrossEntropy(hidden, wide, right), { code: 'linear-cross-entropy/shape' });
    const broken = tf.tidy(() => tf.where(tf.equal(hidden, tf.max(hidden)), Number.NaN, hidden) as tf.Tensor);
    const { value, gradients } = loss(broken, right);
    t.true(Number.isNaN((await value.loss.data())[0]));
    t.true([...(await gradients.get(table)!.data())].some(Number.isNaN));
    tf.dispose([wrong, right, broken, value.loss, value.weight, ...gradients.values()]);
    t.is(tensorCount(), before, 'nothing is left behind');
    tf.dispose([hidden, table, wide]);
  });
}
