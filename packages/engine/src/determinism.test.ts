import { createHash } from 'node:crypto';
import test from 'ava';
import { everyEngine } from './engines/every-engine.test-support.js';
import { memoryReport, tensorCount } from './memory.js';
import { attention } from './ops/attention.js';
import { crossEntropy } from './ops/cross-entropy.js';
import { dropout, dropoutMask } from './ops/dropout.js';
import { embedding } from './ops/embedding.js';
import { uniform } from './ops/float64.test-support.js';
import { linear } from './ops/linear.js';
import { layerNorm } from './ops/norm.js';
import { adamW } from './ops/optimizers.js';
import { residual } from './ops/residual.js';
import { valueAndGradients } from './tape/value-and-gradients.js';
import * as tf from './tf.js';

const [v, w, b, l] = [61, 48, 5, 23];

/** A few steps of a small Transformer; returns a hash of its weights, its last loss, and tensors and memory after each step. */
async function train(steps: number): Promise<{ hash: string; loss: number; counts: number[]; reserved: number[] }> {
  const next = uniform(5);
  const make = (shape: number[], scale = 0.2): tf.Variable =>
    tf.tidy(() =>
      tf.variable(
        tf.tensor(
          Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => next() * scale),
          shape,
        ),
      ),
    );
  const p = {
    table: make([v, w]),
    gain: make([w], 1),
    bias: make([w]),
    query: make([w, w]),
    key: make([w, w]),
    value: make([w, w]),
    up: make([w, 4 * w]),
    down: make([4 * w, w]),
  };
  const slots = new Map(Object.values(p).map((variable) => [variable, [0, 1].map(() => make(variable.shape, 0))]));
  const ids = tf.tensor2d(
    Int32Array.from({ length: b * l }, (_, i) => (i * 31) % v),
    [b, l],
    'int32',
  );
  const labels = tf.reshape(ids, [-1]);
  const counts: number[] = [];
  const reserved: number[] = [];
  let loss = 0;
  for (let step = 1; step <= steps; step++) {
    const { value, gradients } = valueAndGradients(() => {
      const x = embedding(p.table, ids, 2) as tf.Tensor3D; // [b, l, w]
      const h = layerNorm(x, p.gain, p.bias, 1e-5);
      const mixed = attention({
        query: linear(h, p.query) as tf.Tensor3D,
        key: linear(h, p.key) as tf.Tensor3D,
        value: linear(h, p.value) as tf.Tensor3D,
        heads: 4,
        causal: true,
        dropout: { rate: 0.1, seed: step },
      });
      const y = residual(x, dropout(mixed, 0.1, step)); // [b, l, w]
      const z = residual(y, linear(linear(y, p.up, { activation: 'gelu' }), p.down) as tf.Tensor3D);
      const logits = tf.reshape(linear(z, p.table, { transposed: true }), [b * l, v]); // [n, v]
      const { sum, weight } = crossEntropy(logits, labels, { labelSmoothing: 0.1 });
      return { loss: tf.div(sum, weight) as tf.Scalar };
    }, Object.values(p));
    for (const [parameter, gradient] of gradients) {
      const [first, second] = slots.get(parameter) as [tf.Variable, tf.Variable];
      adamW({ parameter, gradient, first, second, rate: 0.01, beta1: 0.9, beta2: 0.98, epsilon: 1e-9, decay: 0.01, step });
      gradient.dispose();
    }
    loss = (await value.loss.data())[0]!;
    value.loss.dispose();
    counts.push(tensorCount());
    reserved.push(memoryReport().reservedBytes ?? 0);
  }
  const hash = createHash('sha256');
  for (const variable of Object.values(p)) hash.update(new Uint8Array((await variable.data<'float32'>()).buffer));
  tf.dispose([ids, labels, ...Object.values(p), ...[...slots.values()].flat()]);
  return { hash: hash.digest('hex'), loss, counts, reserved };
}

const hashes = new Map<string, string>();
const losses: number[] = [];

for (const { name, start } of everyEngine)
  test.serial(`${name}: training gives the same bytes again, learns, and leaves nothing behind`, async (t) => {
    await start();
    const steps = name === 'cpu' ? 6 : 12;
    const before = tensorCount();
    const once = await train(steps);
    const again = await train(steps);
    t.is(once.hash, again.hash);
    t.is(new Set(once.counts).size, 1, 'the same number of tensors after every step');
    t.is(new Set(once.reserved.slice(1)).size, 1, 'no memory taken after the first step');
    t.is(tensorCount(), before);
    t.true((await train(1)).loss > once.loss, 'the loss falls');
    hashes.set(name, once.hash);
    losses.push((await train(3)).loss);
  });

test.serial('engines agree on the loss, and the number of threads does not change a bit', (t) => {
  for (const loss of losses) t.true(Math.abs(loss - losses[0]!) < 1e-4, `${loss} and ${losses[0]}`);
  t.is(hashes.get('wasm, 1 threads'), hashes.get('wasm, 2 threads'));
});

for (const { name, start } of everyEngine)
  test.serial(`${name}: dropout drops the same elements as everywhere, in the share asked for`, async (t) => {
    await start();
    const n = 100_003;
    const dropped = tf.tidy(() => dropout(tf.ones([n]), 0.3, 123_456_789_012));
    const given = Float32Array.from(await dropped.data());
    t.deepEqual(given, dropoutMask(n, 0.3, 123_456_789_012));
    const share = given.reduce((sum, x) => sum + (x === 0 ? 1 : 0), 0) / n;
    t.true(Math.abs(share - 0.3) < 0.006, `${share}`);
    const other = dropoutMask(n, 0.3, 123_456_789_013);
    const both = given.reduce((sum, x, i) => sum + (x === 0 && other[i] === 0 ? 1 : 0), 0) / n;
    t.true(Math.abs(both - 0.09) < 0.006, `two seeds are independent: ${both}`);
    dropped.dispose();
  });
