import test from 'ava';
import { everyEngine } from '../engines/every-engine.test-support.js';
import { tensorCount } from '../memory.js';
import * as tf from '../tf.js';
import { attention } from './attention.js';
import { crossEntropy } from './cross-entropy.js';
import { embedding } from './embedding.js';
import { addInPlace, assignInPlace, lerpInPlace, scaleInPlace } from './in-place.js';
import { KeyValueCache } from './key-value-cache.js';
import { linear } from './linear.js';
import { adamW, sgd } from './optimizers.js';
import { allFinite, squaredNorm } from './reductions.js';

const numbers = (n: number, scale = 1): Float32Array => Float32Array.from({ length: n }, (_, i) => Math.sin(i * 1.7 + scale) * scale);
const variable = (values: Float32Array): tf.Variable => tf.tidy(() => tf.variable(tf.tensor1d(values)));
const close = (given: ArrayLike<number>, wanted: ArrayLike<number>): boolean =>
  given.length === wanted.length && Array.from(given).every((x, i) => Math.abs(x - wanted[i]!) <= 2e-6 * (1 + Math.abs(wanted[i]!)));

for (const { name: engine, start } of everyEngine) {
  for (const n of [1, 17, 33])
    test.serial(`${engine}: AdamW as torch's formula in float64, ${n} elements`, async (t) => {
      await start();
      const [rate, beta1, beta2, epsilon, decay] = [0.01, 0.9, 0.98, 1e-8, 0.1];
      const p = Float64Array.from(numbers(n));
      const m = new Float64Array(n);
      const v = new Float64Array(n);
      const [parameter, first, second] = [variable(numbers(n)), variable(new Float32Array(n)), variable(new Float32Array(n))];
      const before = tensorCount();
      for (let step = 1; step <= 4; step++) {
        const g = numbers(n, step * 0.5);
        const gradient = tf.tensor1d(g);
        adamW({ parameter, gradient, first, second, rate, beta1, beta2, epsilon, decay, step });
        t.deepEqual([...(await gradient.data())], [...g], 'the gradient is only read');
        gradient.dispose();
        for (let i = 0; i < n; i++) {
          m[i]! += (1 - beta1) * (g[i]! - m[i]!);
          v[i] = beta2 * v[i]! + (1 - beta2) * g[i]! ** 2;
          p[i] =
            p[i]! * (1 - rate * decay) -
            ((rate / (1 - beta1 ** step)) * m[i]!) / (Math.sqrt(v[i]!) / Math.sqrt(1 - beta2 ** step) + epsilon);
        }
      }
      t.true(close(await parameter.data(), p));
      t.true(close(await first.data(), m));
      t.true(close(await second.data(), v));
      t.is(tensorCount(), before);
      tf.dispose([parameter, first, second]);
    });

  test.serial(`${engine}: SGD with momentum, Nesterov's and decay`, async (t) => {
    await start();
    for (const nesterov of [false, true]) {
      const [parameter, velocity] = [variable(numbers(17)), variable(new Float32Array(17))];
      const p = Float64Array.from(numbers(17));
      const u = new Float64Array(17);
      for (let step = 1; step <= 3; step++) {
        const g = numbers(17, step);
        const gradient = tf.tensor1d(g);
        sgd({ parameter, gradient, velocity, rate: 0.1, momentum: 0.9, nesterov, decay: 0.01 });
        gradient.dispose();
        for (let i = 0; i < 17; i++) {
          const d = g[i]! + 0.01 * p[i]!;
          u[i] = 0.9 * u[i]! + d;
          p[i]! -= 0.1 * (nesterov ? d + 0.9 * u[i]! : u[i]!);
        }
      }
      t.true(close(await parameter.data(), p));
      tf.dispose([parameter, velocity]);
    }
  });

  test.serial(`${engine}: arithmetic in place keeps the tensor and changes its values`, async (t) => {
    await start();
    const x = tf.tensor1d(numbers(33));
    const y = tf.tensor1d(numbers(33, 2));
    const before = tensorCount();
    scaleInPlace(x, 3);
    addInPlace(x, y, -0.5);
    lerpInPlace(x, y, 0.25);
    const [a, b] = [numbers(33), numbers(33, 2)];
    const moved = a.map((_, i) => 3 * a[i]! - 0.5 * b[i]!);
    t.true(
      close(
        await x.data(),
        moved.map((value, i) => value + 0.25 * (b[i]! - value)),
      ),
    );
    assignInPlace(x, y);
    t.deepEqual([...(await x.data())], [...b]);
    t.is(tensorCount(), before);
    t.throws(
      () =>
        addInPlace(
          x,
          tf.tidy(() => tf.scalar(1)),
        ),
      { code: 'in-place/shape' } as object,
    );
    tf.dispose([x, y]);
  });

  test.serial(`${engine}: whoever shares the data of what changes in place keeps them`, async (t) => {
    await start();
    const read = async (x: tf.Tensor): Promise<number[]> => [...(await x.data())];
    const w = tf.variable(tf.tensor1d([1, 2]));
    const best = w.clone();
    addInPlace(
      w,
      tf.tidy(() => tf.ones([2])),
    );
    t.deepEqual(
      [await read(w), await read(best)],
      [
        [2, 3],
        [1, 2],
      ],
    );
    const zeros = tf.zeros([2]);
    const [first, second, gradient] = [tf.variable(zeros), tf.variable(zeros), tf.tensor1d([1, -2])];
    const options = { rate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, decay: 0 };
    for (const step of [1, 2]) adamW({ parameter: w, gradient, first, second, step, ...options });
    const rounded = async (x: tf.Tensor): Promise<number[]> => (await read(x)).map((value) => Math.round(value * 1e4) / 1e4);
    t.deepEqual(
      [await rounded(w), await rounded(first), await read(zeros)],
      [
        [1.8, 3.2],
        [0.19, -0.38],
        [0, 0],
      ],
    );
    t.throws(() => addInPlace(w, tf.ones([1, 2])), { code: 'in-place/shape' } as object);
    t.throws(() => adamW({ parameter: w, gradient, first, second, step: 0, ...options }), { code: 'adam-w/step' } as object);
    const [rate, momentum] = [0.1, 0.9];
    t.throws(() => sgd({ parameter: w, gradient, rate, momentum }), { code: 'sgd/velocity' } as object);
    tf.dispose([w, best, zeros, first, second, gradient]);
  });

  test.serial(`${engine}: the squared norm, and whether all is finite`, async (t) => {
    await start();
    const values = numbers(70_001, 3);
    const x = tf.tensor1d(values);
    const y = tf.tensor2d([[1e3, -2e3]]);
    const before = tf.memory().numTensors;
    const norm = await squaredNorm([x, y]);
    t.is(tf.memory().numTensors, before);
    const exactly = values.reduce((sum, value) => sum + value ** 2, 0) + 5e6;
    t.true(Math.abs(norm / exactly - 1) < (engine === 'cpu' ? 1e-4 : 1e-9), `${norm}, exactly ${exactly}`);
    t.is(await squaredNorm([]), 0);
    t.true(await allFinite([x]));
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const odd = tf.tensor1d([1, bad]);
      t.false(await allFinite([x, odd]));
      t.false(Number.isFinite(await squaredNorm([x, odd])));
      odd.dispose();
    }
    tf.dispose([x, y]);
  });

  test.serial(`${engine}: a cache takes rows of its widths alone, and none at all`, async (t) => {
    await start();
    const cache = new KeyValueCache(2, 0, 4, 4);
    const of = (n: number, w: number): tf.Tensor3D => tf.tidy(() => tf.ones([2, n, w]));
    for (const [key, value] of [
      [of(1, 4), of(1, 2)],
      [of(1, 4), of(1, 64)],
      [of(1, 3), of(1, 4)],
      [of(1, 4), of(2, 4)],
    ] as const) {
      t.throws(() => cache.append(key, value), { code: 'cache/shape' } as object);
      tf.dispose([key, value]);
    }
    for (const n of [0, 2, 0]) {
      const rows = of(n, 4);
      cache.append(rows, rows);
      rows.dispose();
    }
    t.is(cache.length, 2);
    cache.dispose();
  });

  test.serial(`${engine}: a cache gives what attention over the whole gives, grows, and follows beams`, async (t) => {
    await start();
    const make = (b: number, n: number, w: number, seed: number): tf.Tensor3D => tf.tensor3d(numbers(b * n * w, seed), [b, n, w]);
    const before = tensorCount();
    const cache = new KeyValueCache(3, 2, 8, 4);
    const [key, value, query] = [make(3, 7, 8, 1), make(3, 7, 4, 2), make(3, 1, 8, 3)];
    for (let i = 0; i < 7; i += i === 0 ? 3 : 1) {
      const n = i === 0 ? 3 : 1;
      tf.tidy(() => cache.append(tf.slice(key, [0, i, 0], [3, n, 8]), tf.slice(value, [0, i, 0], [3, n, 4])));
    }
    t.is(cache.length, 7);
    const whole = attention({ query, key, value, heads: 2 });
    const cached = attention({ query, key: cache.key, value: cache.value, heads: 2, keyLength: cache.length });
    t.true(close(await cached.data(), await whole.data()));
    cache.reorder(Int32Array.of(2, 2));
    const rows = tf.tidy(() => tf.slice(cache.key, [0, 0, 0], [2, 7, 8]));
    const third = numbers(3 * 7 * 8, 1).slice(2 * 56);
    t.true(close(await rows.data(), [...third, ...third]));
    t.throws(() => cache.reorder(Int32Array.of(2)), { code: 'cache/row' } as object);
    t.throws(() => cache.append(query, query), { code: 'cache/shape' } as object);
    cache.dispose();
    tf.dispose([key, value, query, whole, cached, rows]);
    t.is(tensorCount(), before);
  });

  test.serial(`${engine}: ids and labels out of range, wrong shapes: named, and nothing left behind`, async (t) => {
    await start();
    const table = tf.ones([5, 3]);
    const before = tensorCount();
    for (const id of [-1, 5]) {
      const ids = tf.tensor1d([0, id], 'int32');
      const error = t.throws(() => embedding(table, ids), { code: 'embedding/id-out-of-range' } as object);
      t.regex(error!.message, new RegExp(`id ${id};.* < 5`));
      t.throws(
        () =>
          crossEntropy(
            table,
            tf.tidy(() => tf.tensor1d([0, 1, 2, 3, 3], 'int32')),
          ),
        { code: 'cross-entropy/label-out-of-range' } as object,
      );
      ids.dispose();
    }
    const query = tf.ones([1, 2, 4]) as tf.Tensor3D;
    t.throws(() => attention({ query, key: query, value: query, heads: 3 }), { code: 'attention/shape' } as object);
    t.throws(() => attention({ query, key: query, value: query, heads: 2, keyLength: 3 }), { code: 'attention/shape' } as object);
    t.throws(() => linear(table, table));
    t.is(tensorCount() - before, 1 + 2, 'the query and two labels that this test made');
  });
}
