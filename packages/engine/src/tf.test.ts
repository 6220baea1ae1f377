import test from 'ava';
import { everyEngine } from './engines/every-engine.test-support.js';
import { tensorCount } from './memory.js';
import * as tf from './tf.js';

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const none = tf.zeros;

/** Where stock ops go wrong: shape and values as NumPy and PyTorch have them. */
const mended: readonly [name: string, run: () => tf.Tensor, shape: number[], values: number[]][] = [
  ['broadcastTo, an axis of 1 to nothing', () => tf.broadcastTo(tf.ones([1, 3]), [0, 3]), [0, 3], []],
  ['broadcastTo, nothing among more', () => tf.broadcastTo([1], [2, 0]), [2, 0], []],
  ['broadcastTo of truths', () => tf.cast(tf.broadcastTo(tf.tensor([true], [1], 'bool'), [0]), 'float32'), [0], []],
  ['where, of nothing', () => tf.where(tf.tensor([], [0], 'bool'), tf.ones([1]), tf.zeros([1])), [0], []],
  ['where, as ever', () => tf.where(tf.tensor([true, false], [2], 'bool'), 1, tf.tensor([2, 3])), [2], [1, 3]],
  ['logSumExp', () => tf.logSumExp([1, 1], 0, true), [1], [1 + Math.LN2]],
  ['logSumExp with an infinite element', () => tf.logSumExp([1, infinity]), [], [infinity]],
  ['logSumExp where nothing counts', () => tf.logSumExp(tf.fill([2, 2], -infinity), 1), [2], [-infinity, -infinity]],
  ['logSumExp with a NaN', () => tf.logSumExp([1, nan]), [], [nan]],
  ['logSumExp of nothing', () => tf.logSumExp(none([2, 0]), -1), [2], [-infinity, -infinity]],
  ['sign of a NaN', () => tf.sign([nan, -2, 0, 3]), [4], [nan, -1, 0, 1]],
  ['concat of nothing, read', () => tf.slice(tf.concat([none([2, 0]), none([2, 0])], 1), [0, 0], [2, 0]), [2, 0], []],
  ['concat of nothing along an axis that is there', () => tf.concat([none([0, 2]), none([0, 3])], -1), [0, 5], []],
  ['sum to nothing', () => tf.sum(none([4, 0]), 0), [0], []],
  ['sum of more slices than a job has parts', () => tf.sum(tf.sum(tf.ones([1_100_000, 2, 2]), 1)), [], [4_400_000]],
  ['rows of nothing added up', () => tf.unsortedSegmentSum(none([2, 0]), tf.tensor1d([0, 1], 'int32'), 2), [2, 0], []],
  ['softmax with what cannot be', () => tf.softmax([-infinity, 1]), [2], [0, 1]],
  [
    'conv2d, padded by a number, of a filter that is not square',
    () => tf.conv2d(tf.ones([1, 3, 4, 1]) as tf.Tensor4D, tf.ones([1, 3, 1, 1]) as tf.Tensor4D, 1, 1),
    [1, 5, 4, 1],
    [0, 0, 0, 0, 2, 3, 3, 2, 2, 3, 3, 2, 2, 3, 3, 2, 0, 0, 0, 0],
  ],
];

for (const { name: engine, start } of everyEngine)
  test.serial(`${engine}: stock ops at inputs where tfjs has them wrong`, async (t) => {
    await start();
    for (const [name, run, shape, values] of mended) {
      const before = tensorCount();
      const out = tf.tidy(run);
      t.deepEqual([out.shape, [...(await out.data())].map(Math.fround)], [shape, values.map(Math.fround)], name);
      out.dispose();
      t.is(tensorCount(), before, name);
    }
  });

for (const { name: engine, start } of everyEngine)
  test.serial(`${engine}: exp to the ends of float32`, async (t) => {
    await start();
    const given = [-87.3, -87, -1, 0, 88, 88.5, 88.7];
    const found = await tf.tidy(() => tf.exp(given)).data();
    for (const [i, x] of given.entries()) t.true(Math.abs(found[i]! / Math.exp(Math.fround(x)) - 1) < 1e-6, `exp(${x}) = ${found[i]}`);
  });

// The plain backend and TensorFlow have memory of their own, and it may hold as much.
for (const { name: engine, start } of everyEngine.filter(({ name }) => name !== 'cpu' && name !== 'tensorflow'))
  test.serial(`${engine}: a result that no memory holds is refused at once`, async (t) => {
    await start();
    const [rows, columns, ids] = [tf.zeros([60_000, 1]), tf.zeros([1, 60_000]), tf.zeros([60_000], 'int32')];
    for (const run of [() => tf.equal(rows, columns), () => tf.add(rows, columns), () => tf.oneHot(ids as tf.Tensor1D, 60_000)])
      t.throws(run, { code: 'memory/shape' } as object);
    tf.dispose([rows, columns, ids]);
  });

for (const { name: engine, start } of everyEngine)
  test.serial(`${engine}: the gradient of a convolution whose size was rounded up is refused`, async (t) => {
    await start();
    const filter = tf.ones([3, 3, 1, 1]) as tf.Tensor4D;
    const slope = tf.grad((x) => tf.sum(tf.conv2d(x as tf.Tensor4D, filter, 2, 1, 'NHWC', 1, 'ceil')));
    t.throws(() => tf.tidy(() => slope(tf.ones([1, 12, 12, 1]))), { code: 'convolution/rounded' } as object);
    filter.dispose();
  });

/** Pooling and convolutions with paddings of one number, of windows that are not square. */
const windows: Readonly<Record<string, (x: tf.Tensor4D) => tf.Tensor>> = {
  maxPool: (x) => tf.maxPool(x, [3, 2], [1, 2], 1, 'floor'),
  avgPool: (x) => tf.avgPool(x, [3, 2], [2, 1], 1, 'floor'),
  'avgPool, same': (x) => tf.avgPool(x, 3, 2, 'same'),
  conv2d: (x) => tf.conv2d(x, tf.ones([3, 2, 2, 2]) as tf.Tensor4D, 1, 1),
  depthwiseConv2d: (x) => tf.depthwiseConv2d(x, tf.ones([3, 2, 2, 1]) as tf.Tensor4D, 1, 1),
};

for (const { name: engine, start } of everyEngine)
  for (const [name, pooled] of Object.entries(windows))
    test.serial(`${engine}: the gradient of ${name} is its slope`, async (t) => {
      await start();
      const before = tensorCount();
      const loss = (x: tf.Tensor): tf.Tensor =>
        tf.tidy(() => {
          const y = pooled(x as tf.Tensor4D);
          return tf.sum(tf.mul(y, tf.reshape(tf.sin(tf.range(0, y.size)), y.shape)));
        });
      const values = Float32Array.from({ length: 70 }, (_, i) => Math.sin(i * 7.3));
      const slopes = tf.tidy(() =>
        tf
          .grad(loss)(tf.tensor(values, [1, 5, 7, 2]))
          .dataSync(),
      );
      const at = (i: number, step: number): number =>
        tf.tidy(() => loss(tf.tensor(values.map((value, j) => (i === j ? value + step : value)), [1, 5, 7, 2])).dataSync()[0]!); // biome-ignore format: one value moved
      for (let i = 0; i < 70; i++) t.true(Math.abs((at(i, 1e-3) - at(i, -1e-3)) / 2e-3 - slopes[i]!) < 5e-3, `at ${i}`);
      t.is(tensorCount(), before);
    });
