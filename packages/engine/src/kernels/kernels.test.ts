import test, { type ExecutionContext } from 'ava';
import { everyEngine } from '../engines/every-engine.test-support.js';
import { useEngine } from '../engines/use-engine.js';
import { tensorCount } from '../memory.js';
import { activate } from '../ops/activation.js';
import { attention } from '../ops/attention.js';
import { crossEntropy } from '../ops/cross-entropy.js';
import { uniform } from '../ops/float64.test-support.js';
import { linear } from '../ops/linear.js';
import { linearCrossEntropy } from '../ops/linear-cross-entropy.js';
import { layerNorm } from '../ops/norm.js';
import * as tf from '../tf.js';
import { subjects } from './stock-cases.test-support.js';

const inputs = (shapes: number[][]): tf.Tensor[] => {
  const next = uniform(3);
  return shapes.map((shape) => tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, next), shape));
};

async function result(
  run: (typeof subjects)[string]['run'],
  shapes: number[][],
): Promise<{ shape: number[]; dtype: string; values: number[] }> {
  const out = tf.tidy(() => run(inputs(shapes)));
  const found = { shape: out.shape, dtype: out.dtype, values: [...(await out.data())] };
  out.dispose();
  return found;
}

function compare(t: ExecutionContext, name: string, given: number[], wanted: number[]): void {
  const scale = wanted.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  const wrong = given.findIndex((x, i) => !(Math.abs(x - wanted[i]!) <= 1e-5 * scale));
  t.is(wrong, -1, `${name}: ${given[wrong]} where ${wanted[wrong]} is right, at ${wrong}`);
}

for (const { name: engine, start } of everyEngine.filter(({ name }) => name !== 'cpu'))
  test.serial(`${engine}: ${Object.keys(subjects).length} stock ops as on the plain backend`, async (t) => {
    for (const [name, { shapes, run }] of Object.entries(subjects)) {
      await useEngine({ engine: 'cpu' });
      const wanted = await result(run, shapes);
      await start();
      const before = tensorCount();
      const given = await result(run, shapes);
      t.deepEqual([given.shape, given.dtype], [wanted.shape, wanted.dtype], name);
      compare(t, name, given.values, wanted.values);
      t.is(tensorCount(), before, `${name} leaves nothing behind`);
    }
  });

for (const { name: engine, start } of everyEngine)
  test.serial(`${engine}: a NaN comes out of everything it goes into`, async (t) => {
    await start();
    const x = tf.tensor2d([1, Number.NaN, 2, 3, 1, 2, 3, 4, 5, 6], [2, 5]);
    const labels = tf.tensor1d([0, 0], 'int32');
    const three = tf.ones([1, 2, 5]) as tf.Tensor3D;
    const lost = tf.fill([1, 2, 5], Number.NaN) as tf.Tensor3D;
    const outs = [
      tf.matMul(x, x, false, true),
      tf.relu(x),
      tf.softmax(x),
      tf.maximum(x, tf.zerosLike(x)),
      tf.maximum(0, x),
      linear(x, x, { activation: 'relu', transposed: true }),
      activate(x, 'gelu'),
      layerNorm(x, tf.ones([5]), undefined, 1e-5),
      tf.exp(x),
      tf.log(x),
      tf.max(x, 1),
      tf.logSoftmax(x),
      tf.sum(x),
      crossEntropy(x, labels).sum,
      crossEntropy(x, labels, { labelSmoothing: 0.1 }).sum,
      linearCrossEntropy(x, x, labels).sum,
      attention({ query: lost, key: three, value: three, heads: 1 }),
      attention({ query: three, key: lost, value: three, heads: 1 }),
      attention({ query: three, key: three, value: three, heads: 1, scale: Number.NaN }),
    ];
    for (const [i, out] of outs.entries()) t.true([...(await out.data())].some(Number.isNaN), `output ${i}`);
    tf.dispose([x, labels, three, lost, ...outs]);
  });

for (const { name: engine, start } of everyEngine)
  test.serial(`${engine}: what is reduced to nothing is the neutral element`, async (t) => {
    await start();
    const nothing = tf.zeros([2, 0, 3]);
    const outs = [tf.max(nothing, 1), tf.min(nothing, 1), tf.sum(nothing, 1), tf.prod(nothing, 1), tf.max(nothing, [0, 1], true)];
    for (const [i, [value, shape]] of [
      [Number.NEGATIVE_INFINITY, [2, 3]],
      [Number.POSITIVE_INFINITY, [2, 3]],
      [0, [2, 3]],
      [1, [2, 3]],
      [Number.NEGATIVE_INFINITY, [1, 1, 3]],
    ].entries() as IterableIterator<[number, [number, number[]]]>) {
      t.deepEqual(outs[i]!.shape, shape);
      t.true(
        [...(await outs[i]!.data())].every((x) => x === value),
        `output ${i}`,
      );
    }
    tf.dispose([nothing, ...outs]);
  });

for (const { name: engine, start } of everyEngine)
  test.serial(`${engine}: a sum of many ones is exact`, async (t) => {
    if (engine === 'cpu') return t.pass();
    await start();
    const ones = tf.fill([20_000_003], 1);
    const total = tf.sum(ones);
    t.is((await total.data())[0], Math.fround(20_000_003));
    tf.dispose([ones, total]);
  });

for (const { name: engine, start } of everyEngine)
  test.serial(`${engine}: exponential and logarithm to a few units in the last place, and at the edges`, async (t) => {
    await start();
    const x = Float32Array.from({ length: 20_001 }, (_, i) => (i - 10_000) / 120);
    const [up, down] = tf.tidy(() => [tf.exp(tf.tensor1d(x)), tf.log(tf.exp(tf.tensor1d(x)))]) as [tf.Tensor, tf.Tensor];
    const [exps, logs] = [await up.data(), await down.data()];
    t.true(x.every((at, i) => Math.abs(exps[i]! / Math.exp(at) - 1) < 3e-7));
    t.true(x.every((_, i) => Math.abs(logs[i]! - Math.log(exps[i]!)) < 3e-7 * (1 + Math.abs(logs[i]!))));
    const edges = tf.tidy(() => [
      tf.exp(tf.tensor1d([100, -200, Number.POSITIVE_INFINITY])),
      tf.log(tf.tensor1d([0, -1, Number.POSITIVE_INFINITY])),
    ]);
    const [above, below] = [await edges[0]!.data(), await edges[1]!.data()];
    t.deepEqual([above[0], above[2]], [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    t.is(above[1], engine === 'cpu' ? Math.fround(Math.exp(-200)) : 0);
    t.deepEqual([...below], [Number.NEGATIVE_INFINITY, Number.NaN, Number.POSITIVE_INFINITY]);
    tf.dispose([up, down, edges]);
  });
