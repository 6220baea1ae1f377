import test from 'ava';
import { everyEngine } from '../engines/every-engine.test-support.js';
import { tensorCount } from '../memory.js';
import { valueAndGradients } from '../tape/value-and-gradients.js';
import * as tf from '../tf.js';
import type { Case } from './case.test-support.js';
import { cases } from './cases.test-support.js';
import { crossEntropy } from './cross-entropy.js';
import { type Block, block, uniform } from './float64.test-support.js';

// The loss of a case is a fixed random combination of its outputs, so that every output element has a gradient of its own.
const weightsOf = (n: number): Float64Array => {
  const next = uniform(99);
  return Float64Array.from({ length: n }, () => Math.fround(next()));
};

function inputsOf({ shapes }: Case): Block[] {
  const next = uniform(7);
  return shapes.map((shape) => block(shape, () => Math.fround(next())));
}

const scalarOf = (out: Block): number => {
  const weights = weightsOf(out.data.length);
  return out.data.reduce((sum, x, i) => sum + x * weights[i]!, 0);
};

/** Central differences of the float64 reference, for up to 40 elements of one input. */
function slopes(subject: Case, inputs: Block[], index: number): [number, number][] {
  const { data } = inputs[index]!;
  const h = 1e-5;
  const stride = Math.max(1, Math.floor(data.length / 40));
  const found: [number, number][] = [];
  for (let i = 0; i < data.length; i += stride) {
    const x = data[i]!;
    data[i] = x + h;
    const above = scalarOf(subject.exactly(inputs));
    data[i] = x - h;
    const below = scalarOf(subject.exactly(inputs));
    data[i] = x;
    found.push([i, (above - below) / (2 * h)]);
  }
  return found;
}

for (const { name: engine, start } of everyEngine) {
  for (const subject of cases) {
    test.serial(`${engine}: ${subject.name}`, async (t) => {
      await start();
      const inputs = inputsOf(subject);
      const variables = inputs.map(({ data, shape }) => tf.tidy(() => tf.variable(tf.tensor(Float32Array.from(data), shape))));
      const before = tensorCount();
      const { value, gradients } = valueAndGradients(() => {
        const out = subject.run(variables);
        const weights = tf.tensor(Float32Array.from(weightsOf(out.size)), out.shape);
        return { loss: tf.sum(tf.mul(out, weights)) as tf.Scalar, out };
      }, variables);

      const out = await value.out.data();
      const expected = subject.exactly(inputs);
      t.deepEqual(value.out.shape, expected.shape.length === 0 ? [] : value.out.shape);
      t.is(out.length, expected.data.length);
      near(t, out, expected.data, 'value');

      for (const [index, variable] of variables.entries()) {
        const gradient = gradients.get(variable);
        t.deepEqual(gradient?.shape, variable.shape, `gradient ${index} exists in the shape of its input`);
        const given = await gradient!.data();
        const wanted = slopes(subject, inputs, index);
        near(
          t,
          wanted.map(([i]) => given[i]!),
          wanted.map(([, slope]) => slope),
          `gradient ${index}`,
        );
      }
      tf.dispose([value.loss, value.out, ...gradients.values()]);
      t.is(tensorCount(), before, 'nothing is left behind');
      tf.dispose(variables);
    });
  }
}

for (const { name: engine, start } of everyEngine)
  test.serial(`${engine}: a class that is out of the question takes no part in the loss of the others`, async (t) => {
    await start();
    const logits = tf.tidy(() => tf.variable(tf.tensor2d([3e38, -3e38, 0, 0, -3e38, 0, 0, 0, Number.NEGATIVE_INFINITY], [3, 3])));
    const labels = tf.tensor1d([0, 2, 1], 'int32');
    const { value, gradients } = valueAndGradients(() => ({ loss: crossEntropy(logits, labels).sum }), [logits]);
    const [loss] = await value.loss.data();
    t.true(Math.abs(loss! - 2 * Math.LN2) < 1e-6, `${loss}`);
    const wanted = [0, 0, 0, 0.5, 0, -0.5, 0.5, -0.5, 0];
    t.true((await gradients.get(logits)!.data<'float32'>()).every((x, i) => Math.abs(x - wanted[i]!) < 1e-30));
    tf.dispose([logits, labels, value.loss, ...gradients.values()]);
  });

/** Within 2e-5 of the largest number there (float32 keeps about seven digits of a sum's terms), and never NaN. */
function near(t: { true(ok: boolean, message: string): unknown }, given: ArrayLike<number>, wanted: ArrayLike<number>, what: string): void {
  let scale = 1;
  for (let i = 0; i < wanted.length; i++) scale = Math.max(scale, Math.abs(wanted[i]!));
  for (let i = 0; i < wanted.length; i++) {
    if (Math.abs(given[i]! - wanted[i]!) <= 2e-5 * scale) continue;
    t.true(false, `${what} ${i}: ${given[i]} where ${wanted[i]} is right`);
    return;
  }
  t.true(true, what);
}
