import { readFileSync } from 'node:fs';
import { addInPlace, tf, useEngine, valueAndGradients } from '@anyformer/engine';
import { testWithShared } from '@anyformer/oracles';
import test from 'ava';
import { copied } from '../parameters/unread-values.js';
import { adamWRule } from './adamw.js';
import { WeightAverage } from './average.js';
import { clipByNorm, globalNorm } from './clip.js';
import { Optimizer } from './optimizer.js';
import { schedule } from './schedule.js';
import { sgdRule } from './sgd.js';

test.before(() => useEngine());

interface Oracle {
  readonly start: { readonly w: number[][]; readonly b: number[] };
  readonly x: number[][];
  readonly y: number[][];
  readonly groups_schedule_clipping: {
    readonly steps: readonly { loss: number; grad_norm: number; lr: [number, number]; w: number[][]; b: number[] }[];
  };
  readonly accumulation_and_ema: { readonly steps: readonly { w: number[][]; ema_w: number[][] }[] };
}
const oracles = ['data/fixtures/training/optimizers.json'];

const far = (values: ArrayLike<number>, expected: readonly (number | number[])[]): number =>
  Math.max(...expected.flat().map((value, i) => Math.abs(value - values[i]!)));

/** The oracle's problem: mean((x w + b - y)^2) over some of its examples, with the gradients of both parameters. */
const problem = (oracle: Oracle) => {
  const w = tf.tidy(() => tf.variable(tf.tensor2d(oracle.start.w)));
  const b = tf.tidy(() => tf.variable(tf.tensor1d(oracle.start.b)));
  const gradients = async (from: number, to: number): Promise<{ loss: number; ofW: tf.Tensor; ofB: tf.Tensor }> => {
    const { value, gradients } = valueAndGradients(() => {
      const error = tf.sub(tf.add(tf.matMul(tf.tensor2d(oracle.x.slice(from, to)), w), b), tf.tensor2d(oracle.y.slice(from, to)));
      return { loss: tf.mean(tf.square(error)) as tf.Scalar };
    }, [w, b]);
    const [loss] = await value.loss.data();
    value.loss.dispose();
    return { loss: loss!, ofW: gradients.get(w)!, ofB: gradients.get(b)! };
  };
  return { w, b, gradients };
};

const groups = 'AdamW with a group that decays and one that does not, a cosine with warm-up and clipping, 20 steps, are PyTorch’s';
testWithShared(test.serial, groups, oracles, async (t, file = '') => {
  const oracle = JSON.parse(readFileSync(file, 'utf8')) as Oracle;
  const { w, b, gradients } = problem(oracle);
  // b is a vector, and vectors do not decay
  const optimizer = new Optimizer(adamWRule({ beta1: 0.9, beta2: 0.95, epsilon: 1e-8 }), { decay: 0.2 });
  const rate = schedule({ kind: 'cosine', peak: 0.02, warmup: 4, total: 20 });
  const { steps } = oracle.groups_schedule_clipping;
  t.is(steps.length, 20);
  let clipped = 0;
  for (const [i, expected] of steps.entries()) {
    t.true(Math.abs(rate(i) - expected.lr[0]) < 1e-12, `rate of step ${i}`);
    const { loss, ofW, ofB } = await gradients(0, 8);
    t.true(Math.abs(loss - expected.loss) < 1e-5, `loss of step ${i}: ${loss}`);
    const norm = await globalNorm([ofW, ofB]);
    t.true(Math.abs(norm - expected.grad_norm) < 1e-5, `norm of step ${i}: ${norm}`);
    if (clipByNorm([ofW, ofB], norm, 0.5) < 1) clipped += 1;
    optimizer.update('w', w, ofW, rate(i));
    optimizer.update('b', b, ofB, rate(i) / 10);
    tf.dispose([ofW, ofB]);
    t.true(far(w.dataSync(), expected.w) < 2e-6 && far(b.dataSync(), expected.b) < 2e-6, `parameters after step ${i}`);
  }
  t.true(clipped > 0);
  optimizer.dispose();
  tf.dispose([w, b]);
});

testWithShared(
  test.serial,
  'gradients of two halves are that of the whole, and the average of weights is the oracle’s',
  oracles,
  async (t, file = '') => {
    const oracle = JSON.parse(readFileSync(file, 'utf8')) as Oracle;
    const { w, b, gradients } = problem(oracle);
    const optimizer = new Optimizer(sgdRule());
    const average = new WeightAverage(new Map([['w', w]]), 0.9);
    for (const [i, expected] of oracle.accumulation_and_ema.steps.entries()) {
      const [first, second] = [await gradients(0, 4), await gradients(4, 8)];
      for (const [parameter, one, other] of [
        [w, first.ofW, second.ofW],
        [b, first.ofB, second.ofB],
      ] as const) {
        addInPlace(one, other);
        const mean = tf.mul(one, 0.5);
        optimizer.update(parameter === w ? 'w' : 'b', parameter, mean, 0.1);
        tf.dispose([one, other, mean]);
      }
      // so late that the average does not hurry any more
      average.update(1000 + i);
      t.true(far(w.dataSync(), expected.w) < 3e-6, `weights after step ${i}`);
      const averaged = await copied(average.unread());
      t.true(far(averaged.get('w')!.values, expected.ema_w) < 3e-6, `average after step ${i}`);
    }
    t.is(oracle.accumulation_and_ema.steps.length, 6);
    average.dispose();
    optimizer.dispose();
    tf.dispose([w, b]);
  },
);
