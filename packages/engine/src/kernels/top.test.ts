import test from 'ava';
import { everyEngine } from '../engines/every-engine.test-support.js';
import { uniform } from '../ops/float64.test-support.js';
import * as tf from '../tf.js';

/** Values that repeat often, so that ties decide. */
const drawn = (n: number, levels: number): Float32Array => {
  const next = uniform(5);
  return Float32Array.from({ length: n }, () => Math.round(next() * levels) / 4);
};

for (const { name: engine, start } of everyEngine) {
  test.serial(`${engine}: the k largest, in order, and of equals the first`, async (t) => {
    await start();
    for (const width of [1, 3, 7, 17, 63, 65, 129, 8000])
      for (const k of [1, 2, 5, 64, width].filter((k, i, all) => k <= width && all.indexOf(k) === i))
        for (const levels of [3, 1e6]) {
          const rows = width > 1000 ? 2 : 5;
          const x = drawn(rows * width, levels);
          const { values, indices } = tf.tidy(() => tf.topk(tf.tensor(x, [rows, 1, width]), k));
          t.deepEqual([values.shape, indices.shape, indices.dtype], [[rows, 1, k], [rows, 1, k], 'int32']);
          const [found, at] = [await values.data(), await indices.data()];
          for (let r = 0; r < rows; r++) {
            const order = Array.from({ length: width }, (_, i) => i).sort((a, b) => x[r * width + b]! - x[r * width + a]! || a - b);
            t.deepEqual([...at.slice(r * k, (r + 1) * k)], order.slice(0, k), `${width} ${k} ${levels}`);
            t.true(order.slice(0, k).every((place, i) => found[r * k + i] === x[r * width + place]));
          }
          tf.dispose([values, indices]);
        }
  });

  test.serial(`${engine}: of nothing there are no largest, and infinities have their place`, async (t) => {
    await start();
    const none = tf.topk(tf.zeros([0, 5]), 2);
    t.deepEqual(
      [none.values.shape, none.indices.shape],
      [
        [0, 2],
        [0, 2],
      ],
    );
    const some = tf.topk(tf.tensor1d([1, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 1, Number.NEGATIVE_INFINITY]), 5);
    t.deepEqual([...(await some.indices.data())], [2, 0, 3, 1, 4]);
    tf.dispose([none.values, none.indices, some.values, some.indices]);
  });

  if (!/^(cpu|tensorflow)/.test(engine))
    test.serial(`${engine}: a NaN is above everything, so that it is seen`, async (t) => {
      await start();
      const x = Float32Array.from({ length: 40 }, (_, i) => (i === 11 || i === 37 ? Number.NaN : i));
      const { values, indices } = tf.tidy(() => tf.topk(tf.tensor1d(x), 3));
      t.deepEqual([...(await indices.data())], [11, 37, 39]);
      t.deepEqual([...(await values.data())], [Number.NaN, Number.NaN, 39]);
      tf.dispose([values, indices]);
    });
}
