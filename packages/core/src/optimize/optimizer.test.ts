import { readFileSync } from 'node:fs';
import { tf, useEngine } from '@anyformer/engine';
import { testWithShared } from '@anyformer/oracles';
import test from 'ava';
import { copied } from '../parameters/unread-values.js';
import { adafactorRule } from './adafactor.js';
import { adamWRule } from './adamw.js';
import { clipByNorm, globalNorm } from './clip.js';
import { Optimizer } from './optimizer.js';
import type { Rule } from './rule.js';
import { schedule } from './schedule.js';
import { sgdRule } from './sgd.js';

test.before(() => useEngine());

type Values = { readonly w: number[][]; readonly b: number[] };
interface Oracle {
  readonly start: Values;
  readonly given_grads: Values[];
  readonly optimizers: Record<string, { readonly given: { readonly after_step: Record<string, Values> } }>;
}

const far = (tensor: tf.Tensor, expected: number[] | number[][]): number => {
  const values = tensor.dataSync();
  return Math.max(...expected.flat().map((value, i) => Math.abs(value - values[i]!)));
};

const withDecay = (rule: Rule, decay: number): { rule: Rule; decay: number } => ({ rule, decay });
const cases: Readonly<Record<string, { rule: Rule; decay: number; rate: number }>> = {
  adamw: { ...withDecay(adamWRule({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }), 0.1), rate: 0.02 },
  adam: { ...withDecay(adamWRule({ beta1: 0.9, beta2: 0.98, epsilon: 1e-9 }), 0), rate: 0.02 },
  sgd: { ...withDecay(sgdRule(), 0), rate: 0.05 },
  'sgd-momentum': { ...withDecay(sgdRule({ momentum: 0.9 }), 0.01), rate: 0.02 },
  'sgd-nesterov': { ...withDecay(sgdRule({ momentum: 0.9, nesterov: true }), 0), rate: 0.02 },
  'sgd-dampening': { ...withDecay(sgdRule({ momentum: 0.8, dampening: 0.3 }), 0), rate: 0.02 },
  'adafactor-relative': { ...withDecay(adafactorRule({ warmupInit: true }), 0), rate: 0 },
  'adafactor-relative-no-warmup': { ...withDecay(adafactorRule(), 0), rate: 0 },
  'adafactor-fixed-lr': { ...withDecay(adafactorRule({ scaleParameter: false, relativeStep: false }), 0), rate: 0.01 },
  'adafactor-beta1-decay': { ...withDecay(adafactorRule({ relativeStep: false, beta1: 0.9 }), 0.02), rate: 0.05 },
};

for (const [name, { rule, decay, rate }] of Object.entries(cases))
  testWithShared(
    test.serial,
    `${name} moves parameters as the reference does`,
    ['data/fixtures/training/optimizers.json'],
    (t, file = '') => {
      const oracle = JSON.parse(readFileSync(file, 'utf8')) as Oracle;
      const w = tf.tidy(() => tf.variable(tf.tensor2d(oracle.start.w)));
      const b = tf.tidy(() => tf.variable(tf.tensor1d(oracle.start.b)));
      const optimizer = new Optimizer(rule);
      const expected = oracle.optimizers[name]!.given.after_step;
      const held = tf.memory().numTensors;
      let made = 0;
      for (const [i, gradients] of oracle.given_grads.entries()) {
        for (const [path, parameter, gradient] of [
          ['w', w, gradients.w],
          ['b', b, gradients.b],
        ] as const) {
          const tensor = tf.tensor(gradient);
          // Vectors do not decay here; the oracle's do: the rule is asked directly.
          optimizer.decayOf = () => decay;
          optimizer.update(path, parameter, tensor, rate);
          tensor.dispose();
        }
        if (i === 0) made = tf.memory().numTensors - held;
        const after = expected[String(i + 1)];
        if (after) {
          t.true(far(w, after.w) < 3e-6, `w after step ${i + 1} is off by ${far(w, after.w)}`);
          t.true(far(b, after.b) < 3e-6, `b after step ${i + 1} is off by ${far(b, after.b)}`);
        }
      }
      t.is(tf.memory().numTensors - held, made, 'steps leave no tensors');
      optimizer.dispose();
      tf.dispose([w, b]);
    },
  );

test.serial('a parameter without a gradient is left alone, and counts its own steps', (t) => {
  const one = tf.variable(tf.tensor2d([[1, 2]]));
  const other = tf.variable(tf.tensor2d([[3, 4]]));
  const gradient = tf.tensor2d([[0.5, 0.5]]);
  const optimizer = new Optimizer(adamWRule(), { decay: 0.1 });
  optimizer.prepare(
    new Map([
      ['one', one],
      ['other', other],
    ]),
  );
  for (let i = 0; i < 3; i++) optimizer.update('one', one, gradient, 0.1);
  t.deepEqual([...other.dataSync()], [3, 4]);
  optimizer.update('other', other, gradient, 0.1);
  t.deepEqual(optimizer.steps, { one: 3, other: 1 });
  // The first Adam step has the size of the rate whatever came before elsewhere.
  t.true(Math.abs(other.dataSync()[0]! - (3 - 0.1 - 0.1 * 0.1 * 3)) < 1e-5);
  optimizer.dispose();
  tf.dispose([one, other, gradient]);
});

test.serial('the state of an optimizer comes back', async (t) => {
  const gradient = tf.tensor2d([
    [0.3, -0.7],
    [0.1, 2],
  ]);
  const run = async (stop: number | undefined): Promise<number[]> => {
    const parameter = tf.tidy(() => tf.variable(tf.ones([2, 2])));
    let optimizer = new Optimizer(adafactorRule({ beta1: 0.9 }));
    for (let i = 0; i < 6; i++) {
      if (i === stop) {
        const [values, steps] = [await copied(optimizer.unread()), optimizer.steps];
        optimizer.dispose();
        optimizer = new Optimizer(adafactorRule({ beta1: 0.9 }));
        optimizer.restore(new Map([['p', parameter]]), values, steps);
      }
      optimizer.update('p', parameter, gradient, 0.1);
    }
    const values = [...parameter.dataSync()];
    optimizer.dispose();
    parameter.dispose();
    return values;
  };
  t.deepEqual(await run(3), await run(undefined));
  t.throws(() => new Optimizer(sgdRule({ momentum: 0.9 })).restore(new Map([['p', tf.variable(tf.ones([1]))]]), new Map(), {}), {
    code: 'optimizer/state',
  });
  gradient.dispose();
});

testWithShared(
  test.serial,
  'clipping by the global norm is PyTorch’s',
  ['data/fixtures/training/gradient-clipping.json'],
  async (t, file = '') => {
    const oracle = JSON.parse(readFileSync(file, 'utf8')) as {
      grads: number[][][];
      cases: { kind: string; limit: number; norm_type: number; total_norm: number; clipped: number[][][] }[];
    };
    const cases = oracle.cases.filter(({ kind, norm_type }) => kind === 'norm' && norm_type === 2);
    t.is(cases.length, 2);
    for (const one of cases) {
      const gradients = oracle.grads.map((gradient) => tf.tensor(gradient));
      const norm = await globalNorm(gradients);
      t.true(Math.abs(norm - one.total_norm) < 1e-5);
      clipByNorm(gradients, norm, one.limit);
      gradients.forEach((gradient, i) => t.true(far(gradient, one.clipped[i]!) < 1e-6));
      tf.dispose(gradients);
    }
  },
);

testWithShared(test, 'schedules are those of transformers and of the paper', ['data/fixtures/training/schedules.json'], (t, file = '') => {
  const oracle = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number[]>;
  const shapes = {
    constant: schedule({ kind: 'constant', peak: 1, warmup: 0 }),
    constant_with_warmup: schedule({ kind: 'constant', peak: 1, warmup: 10 }),
    linear: schedule({ kind: 'linear', peak: 1, warmup: 10, total: 100 }),
    cosine: schedule({ kind: 'cosine', peak: 1, warmup: 10, total: 100 }),
    inverse_sqrt: schedule({ kind: 'inverse-square-root', peak: 1, warmup: 10 }),
  };
  for (const [name, shape] of Object.entries(shapes))
    oracle[name]!.forEach((value, step) =>
      t.true(Math.abs(shape(step) - value) < 1e-12, `${name} at ${step}: ${shape(step)}, not ${value}`),
    );
  // The paper's s counts from 1.
  const noam = schedule({ kind: 'noam', width: 512, warmup: 10, factor: 1 });
  const paper = (oracle as unknown as { noam_d512: { values: number[] } }).noam_d512.values;
  t.is(paper.length, 100);
  paper.forEach((value, step) => t.true(Math.abs(noam(step + 1) - value) < 1e-12, `noam at ${step}`));
});
