import test from 'ava';
import { everyEngine } from '../engines/every-engine.test-support.js';
import * as tf from '../tf.js';
import { uniform } from './float64.test-support.js';
import { logSums } from './log-sums.js';

for (const { name, start } of everyEngine) {
  test.serial(`${name}: log-probabilities from largest logits and sums are those of float64`, async (t) => {
    await start();
    for (const [n, v] of [
      [1, 1],
      [3, 7],
      [2, 17],
      [5, 257],
      [17, 63],
      [2, 8001],
    ] as const) {
      const next = uniform(n + v);
      const values = Float32Array.from({ length: n * v }, () => 30 * next() + 500);
      const logits = tf.tensor2d(values, [n, v]);
      const sums = logSums(logits);
      t.deepEqual(sums.shape, [n, 2]);
      const got = await sums.data();
      for (let row = 0; row < n; row++) {
        const own = [...values.subarray(row * v, (row + 1) * v)];
        const largest = own.reduce((a, b) => Math.max(a, b));
        const sum = own.reduce((total, x) => total + Math.exp(x - largest), 0);
        t.is(got[2 * row], largest);
        t.true(Math.abs(got[2 * row + 1]! - Math.log(sum)) < 1e-6, `${n}x${v}`);
      }
      tf.dispose([logits, sums]);
    }
  });

  test.serial(`${name}: rows that say nothing are not finite, and forbidden ids weigh nothing`, async (t) => {
    await start();
    const rows = tf.tensor2d([Number.NaN, 1, 2, 3, Number.NEGATIVE_INFINITY, 0, 0, Number.NEGATIVE_INFINITY], [2, 4]);
    const sums = logSums(rows);
    const [first, second, largest, sum] = await sums.data();
    t.false(Number.isFinite(first! + second!));
    t.is(largest, 0);
    t.true(Math.abs(sum! - Math.log(2)) < 1e-6);
    tf.dispose([rows, sums]);
    t.throws(() => logSums(tf.zeros([2, 0])), { code: 'log-sums/shape' });
  });
}
