import test from 'ava';
import { everyEngine } from '../engines/every-engine.test-support.js';
import { useEngine } from '../engines/use-engine.js';
import { memoryReport, tensorCount } from '../memory.js';
import { attention } from '../ops/attention.js';
import { crossEntropy } from '../ops/cross-entropy.js';
import { embedding } from '../ops/embedding.js';
import { linear } from '../ops/linear.js';
import { layerNorm } from '../ops/norm.js';
import { residual } from '../ops/residual.js';
import * as tf from '../tf.js';
import { valueAndGradients } from './value-and-gradients.js';

const variable = (shape: number[], seed: number): tf.Variable =>
  tf.tidy(() =>
    tf.variable(
      tf.tensor(
        Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(i * 1.3 + seed)),
        shape,
      ),
    ),
  );

/** Our ops and stock ones mixed, values used more than once, a tied table. */
function model(): { variables: tf.Variable[]; f: () => { loss: tf.Scalar; weight: tf.Scalar } } {
  const [table, gain, weight, bias] = [variable([7, 6], 1), variable([6], 2), variable([6, 6], 3), variable([6], 4)] as const;
  const ids = tf.keep(tf.tensor2d([1, 2, 3, 3, 0, 6], [2, 3], 'int32'));
  const f = (): { loss: tf.Scalar; weight: tf.Scalar } => {
    const x = embedding(table, ids) as tf.Tensor3D; // [b, l, w]
    const h = layerNorm(x, gain, undefined, 1e-5);
    const q = linear(h, weight, { bias: bias as unknown as tf.Tensor1D, activation: 'silu' }) as tf.Tensor3D;
    const mixed = attention({ query: q, key: h, value: tf.mul(q, tf.sigmoid(h)), heads: 2 });
    const y = residual(residual(x, mixed), tf.mul(tf.add(x, bias), 0.5));
    const logits = tf.reshape(linear(y, table, { transposed: true }), [6, 7]); // [n, v]
    const { sum, weight: counted } = crossEntropy(logits, tf.reshape(ids, [-1]));
    return { loss: tf.div(sum, counted) as tf.Scalar, weight: counted };
  };
  return { variables: [table, gain, weight, bias], f };
}

for (const { name, start } of everyEngine) {
  test.serial(`${name}: the same gradients as tfjs's own walk of the tape`, async (t) => {
    await start();
    const { variables, f } = model();
    const before = tensorCount();
    const { value, gradients } = valueAndGradients(f, variables);
    const stock = tf.variableGrads(() => tf.tidy(() => f().loss), variables);
    t.deepEqual(await value.loss.data(), await stock.value.data());
    for (const one of variables) {
      const [given, wanted] = [await gradients.get(one)!.data(), await stock.grads[one.name]!.data()];
      const scale = Math.max(...wanted.map(Math.abs));
      t.true(scale > 0 && given.every((x, i) => Math.abs(x - wanted[i]!) <= 1e-6 * scale), one.name);
    }
    tf.dispose([value.loss, value.weight, ...gradients.values(), stock.value, ...Object.values(stock.grads)]);
    t.is(tensorCount(), before);
  });

  test.serial(`${name}: a variable that the loss does not depend on has no gradient; one used twice has the sum`, async (t) => {
    await start();
    const [x, unused] = [variable([3], 0), variable([3], 1)];
    const { value, gradients } = valueAndGradients(
      () => ({ loss: tf.sum(tf.add(tf.mul(x, x), x)) as tf.Scalar, also: tf.clone(x) }),
      [x, unused],
    );
    t.deepEqual([...gradients.keys()], [x]);
    const [given, at] = [await gradients.get(x)!.data(), await x.data()];
    t.true(given.every((slope, i) => Math.abs(slope - (2 * at[i]! + 1)) < 1e-6));
    t.deepEqual(await value.also.data(), at);
    tf.dispose([value.loss, value.also, ...gradients.values(), x, unused]);
  });

  test.serial(`${name}: what fails inside leaves nothing behind and the next call works`, async (t) => {
    await start();
    const { variables, f } = model();
    const before = tensorCount();
    const failing = (): { loss: tf.Scalar } => {
      f();
      throw new Error('in the forward pass');
    };
    t.throws(() => valueAndGradients(failing, variables), { message: 'in the forward pass' });
    t.is(tensorCount(), before);
    t.throws(() => valueAndGradients(() => ({ loss: valueAndGradients(f, variables).value.loss }), variables), {
      code: 'gradient/nested',
    } as object);
    t.is(tensorCount(), before);
    const { value, gradients } = valueAndGradients(f, variables);
    tf.dispose([value.loss, value.weight, ...gradients.values()]);
    t.is(tensorCount(), before);
  });
}

test.serial('a gradient of a gradient through a fused op is refused, not wrong', async (t) => {
  await useEngine({ engine: 'wasm', threads: 1 });
  const weight = tf.eye(3);
  const inner = (x: tf.Tensor): tf.Scalar => tf.sum(linear(x, weight, { activation: 'gelu' })) as tf.Scalar;
  const outer = tf.grad((x) => tf.sum(tf.grad(inner)(x)));
  t.throws(() => tf.tidy(() => outer(tf.ones([2, 3]))), { code: 'gradient/second' } as object);
});

test.serial('activations are freed as the backward pass goes', async (t) => {
  await useEngine({ engine: 'wasm', threads: 1 });
  const [n, w, depth] = [256, 256, 24];
  const weights = Array.from({ length: depth }, (_, i) => variable([w, w], i));
  const x = tf.ones([n, w]);
  const { pool } = tf.backend() as unknown as { pool: { peakBytes: number; liveBytes: number } };
  pool.peakBytes = pool.liveBytes;
  const before = pool.liveBytes;
  const { value, gradients } = valueAndGradients(() => {
    const y = weights.reduce<tf.Tensor>((h, weight) => linear(h, weight, { activation: 'relu' }), x);
    return { loss: tf.sum(tf.mul(y, 1e-20)) as tf.Scalar };
  }, weights);
  const layer = 4 * n * w;
  // Every layer keeps one activation going forward; going back each is freed as the gradient of its weight takes its place.
  t.true(pool.peakBytes - before < (depth + 8) * layer, `${((pool.peakBytes - before) / layer).toFixed(1)} layers of ${depth}`);
  t.true(memoryReport().line.includes('peak'));
  tf.dispose([value.loss, x, ...gradients.values(), ...weights]);
});
