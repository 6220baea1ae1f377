import test from 'ava';
import { everyEngine } from '../engines/every-engine.test-support.js';
import { useEngine } from '../engines/use-engine.js';
import { tensorCount } from '../memory.js';
import { attention } from '../ops/attention.js';
import { dropout } from '../ops/dropout.js';
import { linear } from '../ops/linear.js';
import { layerNorm } from '../ops/norm.js';
import { residual } from '../ops/residual.js';
import { rotary } from '../ops/rotary.js';
import * as tf from '../tf.js';
import { recomputed } from './recomputed.js';
import { valueAndGradients } from './value-and-gradients.js';

const values = (shape: number[], seed: number): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(i * 1.3 + seed)),
    shape,
  );
const variable = (shape: number[], seed: number): tf.Variable => tf.tidy(() => tf.variable(values(shape, seed)));

type Part = <T extends tf.Tensor>(f: () => T) => T;
const straight: Part = (f) => f();

/** Two blocks that share a mask, a bias that is learned, position tables and what both attend to. */
function model() {
  const [w, l] = [8, 5];
  const weights = Array.from({ length: 4 }, (_, i) => variable([w, w], i));
  const [gain, slope] = [variable([w], 7), variable([1, 2, l, l], 9)] as const;
  const given = tf.keep(values([2, l, w], 3)) as tf.Tensor3D;
  const real = tf.keep(tf.tensor2d([1, 1, 1, 1, 1, 1, 1, 1, 0, 0], [2, l], 'bool'));
  const f =
    (part: Part, inner: Part = straight) =>
    () => {
      const mask = tf.logicalAnd(real, tf.onesLike(real)) as tf.Tensor2D; // [b, l]
      const bias = tf.mul(slope, 0.5) as tf.Tensor4D; // [1, h, l, l]
      const [cosine, sine] = [tf.cos(values([1, l, 2], 1)), tf.sin(values([1, l, 2], 1))];
      const seen = linear(given, weights[3]!) as tf.Tensor3D; // [b, l, w]
      let x: tf.Tensor3D = tf.mul(given, gain);
      for (const block of [0, 1]) {
        const stream = x;
        x = part(() => {
          const h = layerNorm(stream, gain, undefined, 1e-5) as tf.Tensor3D;
          const query = rotary(linear(h, weights[0]!) as tf.Tensor3D, cosine, sine, 2);
          const key = linear(seen, weights[block]!) as tf.Tensor3D;
          const mixed = inner(() => attention({ query, key, value: seen, heads: 2, mask, bias, dropout: { rate: 0.2, seed: 5 + block } }));
          const y = residual(stream, dropout(linear(mixed, weights[2]!, { activation: 'gelu' }), 0.3, 11 + block));
          return tf.add(y, tf.mul(tf.sigmoid(seen), y)) as tf.Tensor3D;
        });
      }
      return { loss: tf.sum(tf.mul(x, values(x.shape, 2))) as tf.Scalar, x };
    };
  return { variables: [...weights, gain, slope], f, dispose: () => tf.dispose([...weights, gain, slope, given, real]) };
}

const bytes = async ({ value, gradients }: { value: { loss: tf.Scalar }; gradients: Map<tf.Variable, tf.Tensor> }) => {
  const read = await Promise.all([value.loss, ...gradients.values()].map((one) => one.data<'float32'>()));
  tf.dispose([...Object.values(value), ...gradients.values()]);
  return read.map((one) => [...new Uint32Array(one.slice().buffer)]);
};

for (const { name, start } of everyEngine) {
  test.serial(`${name}: recomputed parts give the same bits, whatever they read, one in another too, and leave nothing`, async (t) => {
    await start();
    const { variables, f, dispose } = model();
    const wanted = await bytes(valueAndGradients(f(straight), variables));
    t.is(wanted.length, 1 + variables.length);
    const before = tensorCount();
    t.deepEqual(await bytes(valueAndGradients(f(recomputed), variables)), wanted);
    t.deepEqual(await bytes(valueAndGradients(f(recomputed, recomputed), variables)), wanted);
    t.is(tensorCount(), before);
    const few = variables.slice(1, 2);
    t.deepEqual(await bytes(valueAndGradients(f(recomputed), few)), await bytes(valueAndGradients(f(straight), few)));
    // In tfjs's own walk of the tape nothing is recomputed.
    const stock = tf.variableGrads(() => tf.tidy(() => f(recomputed)().loss), variables);
    t.deepEqual(await stock.value.data(), new Float32Array(Uint32Array.from(wanted[0]!).buffer));
    tf.dispose([stock.value, ...Object.values(stock.grads)]);
    t.is(tensorCount(), before);
    dispose();
  });

  test.serial(`${name}: a recomputed part that fails, the first time or the second, leaves nothing behind`, async (t) => {
    await start();
    const { variables, f, dispose } = model();
    const before = tensorCount();
    for (const failing of [1, 2, 3, 4]) {
      let calls = 0;
      const part: Part = (g) =>
        recomputed(() => {
          const y = g();
          if (++calls === failing) throw new Error(`call ${failing}`);
          return y;
        });
      t.throws(() => valueAndGradients(f(part), variables), { message: `call ${failing}` });
      t.is(tensorCount(), before);
    }
    dispose();
  });
}

test.serial('what a part reads may be returned, may be the caller’s, and may be what the part returns', async (t) => {
  await useEngine();
  const weight = variable([3], 1);
  const given = values([3], 2);
  const before = tensorCount();
  const { value, gradients } = valueAndGradients(() => {
    const x = tf.mul(weight, given);
    const same = recomputed(() => x);
    const constant = recomputed(() => tf.mul(given, 2));
    const y = recomputed(() => tf.mul(tf.mul(same, constant), given));
    return { loss: tf.sum(recomputed(() => tf.add(y, x))) as tf.Scalar, x, y };
  }, [weight]);
  const [v, w] = [await given.data(), await weight.data()];
  const near = (a: ArrayLike<number>, of: (i: number) => number) => t.true([0, 1, 2].every((i) => Math.abs(a[i]! - of(i)) < 1e-5));
  near(await gradients.get(weight)!.data(), (i) => 2 * v[i]! ** 3 + v[i]!);
  near(await value.x.data(), (i) => w[i]! * v[i]!);
  near(await value.y.data(), (i) => 2 * w[i]! * v[i]! ** 3);
  tf.dispose([...gradients.values(), value.loss, value.x, value.y]);
  t.is(tensorCount(), before);
  tf.dispose([weight, given]);
});

/** Most bytes in blocks above those before, during `f`. */
const peakOf = (f: () => void): number => {
  const { pool } = tf.backend() as unknown as { pool: { peakBytes: number; liveBytes: number } };
  const before = pool.liveBytes;
  pool.peakBytes = before;
  f();
  return pool.peakBytes - before;
};

for (const engine of ['wasm', 'native'])
  test.serial(`${engine}: of recomputed parts what enters them is kept, and one part's inside at a time`, async (t) => {
    if ((await useEngine({ engine, threads: 1 }).catch(() => undefined)) === undefined) return t.pass(`${engine} does not load here`);
    const [n, w, depth, inside] = [64, 64, 12, 5];
    const weight = variable([w, w], 1);
    const x = tf.ones([n, w]);
    const run = (part: Part) =>
      peakOf(() => {
        const { value, gradients } = valueAndGradients(() => {
          let y: tf.Tensor = x;
          for (let i = 0; i < depth; i++) {
            const from = y;
            y = part(() => {
              let z = from;
              for (let j = 0; j < inside; j++) z = linear(z, weight, { activation: 'relu' });
              return z;
            });
          }
          return { loss: tf.sum(y) as tf.Scalar };
        }, [weight]);
        tf.dispose([value.loss, ...gradients.values()]);
      }) /
      (4 * n * w);
    const [all, few] = [run(straight), run(recomputed)];
    t.true(all >= depth * inside, `${all} activations`);
    t.true(few <= depth + inside + 6, `${few} activations`);
    tf.dispose([weight, x]);
  });

test.serial('gradients of activations are freed as the backward pass consumes them', async (t) => {
  await useEngine({ engine: 'wasm', threads: 1 });
  const [n, depth] = [65536, 40];
  const weight = variable([n], 1);
  const peak = peakOf(() => {
    // Sums save nothing, and the forward pass here frees what it has used: what would heap up are gradients alone.
    const { value, gradients } = valueAndGradients(() => {
      let y: tf.Tensor = weight;
      for (let i = 0; i < depth; i++) {
        const sum = residual(y, y);
        if (y !== weight) y.dispose();
        y = sum;
      }
      return { loss: tf.sum(y) as tf.Scalar };
    }, [weight]);
    tf.dispose([value.loss, ...gradients.values()]);
  });
  t.true(peak <= 4 * 4 * n, `${(peak / (4 * n)).toFixed(1)} tensors at a time of ${depth}`);
  tf.dispose(weight);
});
