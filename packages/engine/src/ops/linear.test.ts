import test from 'ava';
import { kernelBackend } from '../backend/kernel-backend.js';
import { everyEngine } from '../engines/every-engine.test-support.js';
import { valueAndGradients } from '../tape/value-and-gradients.js';
import * as tf from '../tf.js';
import { activations } from './activation.js';
import { embedding } from './embedding.js';
import { uniform } from './float64.test-support.js';
import { addInPlace } from './in-place.js';
import { linear, referenceLinear } from './linear.js';
import { type LinearLayer, threeLinears } from './linears.js';

const next = uniform(11);
const drawn = (shape: number[]): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => next() - 0.5),
    shape,
  );

const differ = (a: tf.Tensor, b: tf.Tensor): number => {
  const [x, y] = [a.dataSync<'float32'>(), b.dataSync<'float32'>()];
  return x.reduce((worst, value, i) => Math.max(worst, Math.abs(value - y[i]!)), 0);
};

for (const { name, start } of everyEngine) {
  test.serial(`${name}: a variable as weight gives what a tensor gives, for any number of rows and columns`, async (t) => {
    await start();
    const activation = [undefined, ...activations];
    let turn = 0;
    for (const rows of [1, 2, 3, 4, 5, 6, 7, 8, 11, 13, 17, 24, 25, 63, 129])
      for (const [k, n] of [
        [1, 1],
        [7, 17],
        [64, 65],
        [129, 63],
        [300, 130],
      ] as const) {
        const transposed = turn % 2 === 1;
        tf.tidy(() => {
          const x = drawn([rows, k]);
          const given = drawn(transposed ? [n, k] : [k, n]);
          const options = { bias: drawn([n]) as tf.Tensor1D, activation: activation[turn % activation.length], transposed };
          const weight = tf.variable(given);
          const packed = linear(x, weight, options);
          const wanted = referenceLinear(x, given, options);
          t.true(differ(packed, wanted) < 2e-4, `${rows} x ${k} x ${n}: ${differ(packed, wanted)}`);
          t.deepEqual(weight.dataSync(), given.dataSync());
          weight.dispose();
        });
        turn++;
      }
  });

  test.serial(`${name}: a residual is added last, in inference and on the tape`, async (t) => {
    await start();
    for (const rows of [0, 1, 3, 7, 24, 25, 65])
      for (const [k, n] of [
        [1, 1],
        [17, 7],
        [64, 33],
        [400, 129],
      ] as const)
        for (const activation of [undefined, 'gelu'] as const)
          tf.tidy(() => {
            const [x, given, residual] = [drawn([rows, k]), drawn([k, n]), drawn([rows, n])];
            const options = { bias: drawn([n]) as tf.Tensor1D, activation, residual };
            const weight = tf.variable(given);
            const wanted = referenceLinear(x, given, options);
            for (const one of [weight, given]) {
              const joined = linear(x, one, options);
              t.deepEqual(joined.shape, wanted.shape);
              t.true(differ(joined, wanted) < 2e-4, `${rows} x ${k} x ${n}: ${differ(joined, wanted)}`);
            }
            const stream = tf.variable(residual);
            const { value, gradients } = valueAndGradients(
              () => ({ loss: tf.sum(tf.square(linear(x, weight, { residual: stream }))) as tf.Scalar }),
              [stream, weight],
            );
            const slope = tf.mul(referenceLinear(x, given, { residual }), 2);
            t.true(differ(gradients.get(stream)!, slope) < 1e-3);
            t.true(differ(gradients.get(weight)!, tf.matMul(x as tf.Tensor2D, slope as tf.Tensor2D, true)) < 0.05);
            tf.dispose([value, ...gradients.values(), stream]);
            weight.dispose();
          });
  });

  test.serial(`${name}: a weight that changed in place is multiplied by as it is now`, async (t) => {
    await start();
    const weight = tf.tidy(() => tf.variable(drawn([16, 20])));
    const x = drawn([3, 16]);
    const before = linear(x, weight);
    const change = tf.ones([16, 20]);
    addInPlace(weight, change);
    const after = linear(x, weight);
    const wanted = tf.add(before, tf.sum(x, 1, true));
    t.true(differ(after, wanted) < 5e-5);
    const { value, gradients } = valueAndGradients(() => ({ loss: tf.sum(linear(x, weight)) as tf.Scalar }), [weight]);
    const total = tf.sum(after);
    t.true(differ(value.loss, total) < 1e-3);
    const again = linear(x, weight);
    t.true(differ(again, after) < 5e-5);
    weight.assign(change as tf.Tensor2D);
    const sums = linear(x, weight);
    const wide = tf.mul(tf.ones([3, 20]), tf.sum(x, 1, true));
    t.true(differ(sums, wide) < 5e-5);
    tf.dispose([weight, x, before, change, after, wanted, value.loss, ...gradients.values(), total, again, sums, wide]);
  });

  test.serial(`${name}: a table is read by rows and multiplied by in turns`, async (t) => {
    await start();
    const table = tf.tidy(() => tf.variable(drawn([33, 24])));
    const ids = tf.tensor1d([0, 32, 5], 'int32');
    const rows = [0, 1, 2].map(() => embedding(table, ids));
    const logits = rows.map((x) => linear(x, table, { transposed: true }));
    const later = embedding(table, ids);
    const wanted = tf.matMul(later as tf.Tensor2D, table as unknown as tf.Tensor2D, false, true);
    for (const one of logits) t.true(differ(one, wanted) < 5e-5);
    t.deepEqual(later.dataSync(), rows[0]!.dataSync());
    tf.dispose([table, ids, ...rows, ...logits, later, wanted]);
  });

  test.serial(`${name}: a weight that only products read takes its memory once, and gives it back`, async (t) => {
    await start();
    const backend = kernelBackend();
    if (!backend) return t.pass();
    const before = backend.pool.liveBytes;
    const weight = tf.tidy(() => tf.variable(drawn([512, 512])));
    const x = tf.ones([2, 512]);
    const y = linear(x, weight);
    t.true(backend.pool.liveBytes - before < 1.2 * 4 * 512 * 512);
    tf.dispose([weight, x, y]);
    t.is(backend.pool.liveBytes, before);
  });
}

for (const { name, start } of everyEngine) {
  test.serial(`${name}: three layers of one input give the bytes of each alone`, async (t) => {
    await start();
    for (const [rows, k, sizes] of [
      [1, 256, [256, 64, 64]],
      [1, 17, [33, 1, 7]],
      [5, 129, [65, 130, 17]],
      [63, 64, [192, 64, 129]],
      [3, 7, [3, 3, 3]],
    ] as const) {
      const layers = sizes.map((n, i) => ({
        weight: tf.tidy(() => tf.variable(drawn([k, n]))),
        bias: i === 1 ? undefined : tf.tidy(() => tf.variable(drawn([n])) as unknown as tf.Tensor1D),
      })) as unknown as [LinearLayer, LinearLayer, LinearLayer];
      tf.tidy(() => {
        const x = drawn([rows, k]);
        for (const [i, made] of threeLinears(x, layers).entries()) {
          const { weight, bias } = layers[i]!;
          t.deepEqual(made.shape, [rows, sizes[i]!]);
          t.deepEqual(made.dataSync(), linear(x, weight, { bias }).dataSync(), `${rows}x${k}x${sizes[i]}`);
        }
      });
      for (const { weight, bias } of layers) tf.dispose([weight, ...(bias ? [bias] : [])]);
    }
  });
}
