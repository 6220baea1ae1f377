import test from 'ava';
import { everyEngine } from '../engines/every-engine.test-support.js';
import { tensorCount } from '../memory.js';
import * as tf from '../tf.js';
import { type Activation, activate, gated } from './activation.js';
import { attention } from './attention.js';
import { crossEntropy } from './cross-entropy.js';
import { dropout } from './dropout.js';
import { embedding } from './embedding.js';
import { linear } from './linear.js';
import { linearCrossEntropy } from './linear-cross-entropy.js';
import { logSums } from './log-sums.js';
import { layerNorm, rmsNorm } from './norm.js';
import { adamW, sgd } from './optimizers.js';
import { residual } from './residual.js';
import { rotary } from './rotary.js';

const of = (...shape: number[]): tf.Tensor => tf.ones(shape);
const three = (...shape: [number, number, number]): tf.Tensor3D => tf.ones(shape);
const labels = (n: number): tf.Tensor1D => tf.zeros([n], 'int32');
const x = (): tf.Tensor3D => three(2, 3, 8);
const self = { heads: 2, causal: true };

/** What does not fit, by the code of the error. */
const refused: readonly (readonly [string, () => unknown])[] = [
  ['linear/shape', () => linear(of(2, 3), of(4, 5))],
  ['linear/shape', () => linear(of(2, 3), of(3, 5), { transposed: true })],
  ['linear/shape', () => linear(of(2, 3), of(3, 5), { bias: tf.ones([4]) })],
  ['linear/shape', () => linear(of(2, 3), of(3, 5), { residual: of(1, 5) })],
  ['linear/shape', () => linear(tf.scalar(1), of(1, 5))],
  ['linear/shape', () => linear(of(2, 3), of(3, 5), { bias: of(1, 5) as tf.Tensor1D })],
  ['linear-cross-entropy/shape', () => linearCrossEntropy(of(2, 3), of(5, 4), labels(2))],
  ['linear-cross-entropy/shape', () => linearCrossEntropy(of(2, 3), of(5, 3), labels(3))],
  ['linear-cross-entropy/shape', () => linearCrossEntropy(of(2, 3), of(5, 3), labels(2), { bias: tf.ones([3]) })],
  ['linear-cross-entropy/shape', () => linearCrossEntropy(of(2, 3), of(5, 3), tf.zeros([2, 1], 'int32'))],
  ['cross-entropy/smoothing', () => linearCrossEntropy(of(2, 3), of(5, 3), labels(2), { labelSmoothing: Number.NaN })],
  ['cross-entropy/smoothing', () => crossEntropy(of(2, 5), labels(2), { labelSmoothing: 2 })],
  ['cross-entropy/shape', () => crossEntropy(of(2, 5), labels(3))],
  ['cross-entropy/shape', () => crossEntropy(of(2, 3, 5), labels(2))],
  ['embedding/shape', () => embedding(of(5), labels(2))],
  ['embedding/shape', () => embedding(of(5, 2, 2), labels(2))],
  ['log-sums/shape', () => logSums(tf.scalar(1))],
  ['layer-norm/shape', () => layerNorm(of(2, 3), of(2), undefined, 1e-5)],
  ['layer-norm/shape', () => layerNorm(of(2, 3), of(3), of(2), 1e-5)],
  ['rms-norm/shape', () => rmsNorm(of(2, 3), of(6), 1e-5)],
  ['residual/shape', () => residual(of(2, 3), of(3, 2))],
  ['gated/shape', () => gated(of(2, 3), of(2, 2), 'silu')],
  ['activation/unknown', () => activate(of(2, 3), 'geluu' as Activation)],
  ['activation/unknown', () => activate(of(2, 3), undefined as unknown as Activation)],
  ['activation/unknown', () => gated(of(2, 3), of(2, 3), 'geluu' as Activation)],
  ['dropout/seed', () => dropout(of(2, 3), 0.5, -1)],
  ['dropout/seed', () => dropout(of(2, 3), 0.5, 1.5)],
  ['activation/unknown', () => linear(of(2, 3), of(3, 5), { activation: 'geluu' as Activation })],
  ['rotary/shape', () => rotary(x(), of(1, 3, 4), of(1, 3, 4), 2)],
  ['rotary/shape', () => rotary(x(), of(1, 3, 2), of(1, 3, 2), 0.5)],
  ['rotary/shape', () => rotary(x(), of(1, 2, 2), of(1, 2, 2), 2)],
  ['rotary/shape', () => rotary(x(), of(3, 3, 2), of(3, 3, 2), 2)],
  ['rotary/shape', () => rotary(x(), of(1, 3, 2), of(1, 3, 1), 2)],
  ['rotary/shape', () => rotary(x(), of(1, 3, 1), of(1, 3, 1), 3)],
  ['attention/offset', () => attention({ query: x(), key: x(), value: x(), ...self, offset: 1.5 })],
  ['attention/offset', () => attention({ query: x(), key: x(), value: x(), ...self, offset: 2 ** 31 })],
  ['attention/offset', () => attention({ query: x(), key: x(), value: x(), ...self, offset: Number.NaN })],
  ['attention/shape', () => attention({ query: x(), key: x(), value: x(), heads: 3 })],
  ['attention/shape', () => attention({ query: x(), key: x(), value: x(), heads: 0 })],
  ['attention/shape', () => attention({ query: x(), key: x(), value: x(), heads: -2 })],
  ['attention/shape', () => attention({ query: x(), key: x(), value: x(), heads: 4, keyValueHeads: 3 })],
  ['attention/shape', () => attention({ query: x(), key: three(2, 3, 4), value: x(), ...self })],
  ['attention/shape', () => attention({ query: x(), key: three(1, 3, 8), value: x(), ...self })],
  ['attention/shape', () => attention({ query: x(), key: x(), value: three(2, 4, 8), ...self })],
  ['attention/shape', () => attention({ query: x(), key: x(), value: x(), ...self, keyLength: 4 })],
  ['attention/shape', () => attention({ query: x(), key: x(), value: x(), ...self, keyLength: 1.5 })],
  ['attention/shape', () => attention({ query: x(), key: x(), value: x(), ...self, mask: tf.ones([2, 2], 'bool') })],
  ['attention/shape', () => attention({ query: x(), key: x(), value: x(), ...self, bias: of(2, 3, 3) })],
  ['attention/shape', () => attention({ query: x(), key: x(), value: x(), ...self, bias: of(1, 2, 3, 2) })],
];

for (const { name: engine, start } of everyEngine) {
  test.serial(`${engine}: what does not fit together is refused and named, and nothing is left behind`, async (t) => {
    await start();
    const before = tensorCount();
    for (const [code, act] of refused) {
      const error = t.throws(() => tf.tidy(() => act() as tf.Tensor), { code } as object, `${act}`);
      if (code.endsWith('/shape')) t.regex(error?.message ?? '', /^\w+: \w+ \[[\d,]*\].*; accepted: .+\.$/);
    }
    t.is(tensorCount(), before);
  });

  test.serial(`${engine}: a step with moments of another size is refused, and changes nothing`, async (t) => {
    await start();
    const variable = (n: number): tf.Variable => tf.tidy(() => tf.variable(tf.ones([n])));
    const [parameter, gradient, moment, short] = [variable(4), variable(4), variable(4), variable(2)];
    const options = { parameter, gradient, rate: 1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, decay: 0, step: 1 };
    t.throws(() => adamW({ ...options, first: short, second: moment }), { code: 'in-place/shape' } as object);
    t.throws(() => adamW({ ...options, first: moment, second: short }), { code: 'in-place/shape' } as object);
    t.throws(() => adamW({ ...options, gradient: short, first: moment, second: moment }), { code: 'in-place/shape' } as object);
    t.throws(() => sgd({ parameter, gradient, velocity: short, rate: 1, momentum: 0.9 }), { code: 'in-place/shape' } as object);
    for (const one of [parameter, moment, short]) t.true((await one.data()).every((value) => value === 1));
    tf.dispose([parameter, gradient, moment, short]);
  });
}
