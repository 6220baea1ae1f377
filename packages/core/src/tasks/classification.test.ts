import { AnyformerError, tensorCount, tf, useEngine, valueAndGradients } from '@anyformer/engine';
import test from 'ava';
import { inference } from '../contract/sequence.js';
import { generated } from '../data/generated.js';
import { Model } from '../model/model.js';
import { digits } from '../model/model.test-support.js';
import { transformer } from '../transformer/transformer.js';
import { type Classified, classification } from './classification.js';
import { firstPosition, meanPool } from './heads.js';
import { accuracy, mean } from './metrics.js';

test.before(async () => {
  await useEngine();
});

const width = 16;
const backbone = transformer({ width, heads: 2, feedForward: 32, layers: 1, decoder: false });
/** Does a 7 occur? */
const data = generated({
  name: 'seven',
  seed: 1,
  epoch: 4000,
  draw: (random) => {
    const values = Array.from({ length: 3 + random.integer(4) }, () => random.integer(7));
    if (random.uniform() < 0.5) values[random.integer(values.length)] = 7;
    return values;
  },
});
const options = {
  id: 'seven',
  data,
  input: digits('digits'),
  classes: ['no', 'yes'],
  label: (raw: number[]) => (raw.includes(7) ? 'yes' : 'no'),
};

const take = async (split: string, count: number): Promise<number[][]> => {
  const raws: number[][] = [];
  for await (const raw of data.examples(split, { epoch: 0, index: 0, seed: 1 })) if (raws.push(raw) === count) break;
  return raws;
};

for (const [name, head] of Object.entries({ meanPool, firstPosition }))
  test.serial(`a classifier learns whether a number occurs, read by ${name}`, async (t) => {
    const task = classification({ ...options, head });
    const model = new Model({ tasks: [task], backbone, width, seed: 1 });
    const { loss, observe } = model.task('seven');
    const variables = [...model.parameters.all.values()];
    const raws = await take('train', 3200);
    let before = 0;
    for (let step = 0; step < 100; step++) {
      if (step === 2) before = tensorCount();
      const batch = tf.tidy(() => task.collate(raws.slice(step * 32, step * 32 + 32).map(task.encode)));
      const { value, gradients } = valueAndGradients(() => {
        const { sum, weight } = loss(batch, { ...inference, training: true, seed: step });
        return { loss: tf.div(sum, weight) as tf.Scalar };
      }, variables);
      tf.tidy(() => {
        for (const [variable, gradient] of gradients) variable.assign(tf.sub(variable, tf.mul(gradient, 0.3)));
      });
      tf.dispose([value.loss, ...gradients.values(), ...Object.values(batch)]);
    }
    t.is(tensorCount(), before);
    const observations = await observe(await take('test', 200));
    const metrics = task.metrics();
    for (const metric of metrics) observations.forEach((observation) => metric.add(observation));
    t.true(metrics[0]!.result() > 0.95, `accuracy ${metrics[0]!.result()}`);
    t.true(metrics[1]!.result() < 0.3, `loss ${metrics[1]!.result()}`);
    const [first] = observations as [Classified];
    t.true(Math.abs(first.probabilities[0]! + first.probabilities[1]! - 1) < 1e-5);
    t.is(tensorCount(), before);
    t.deepEqual(await observe([]), []);
    model.dispose();
  });

test.serial('the loss is a sum over examples and their number, with labels and smoothing where they belong', async (t) => {
  const raws = [[1, 7], [1, 2, 3], [7]];
  const value = async (labelSmoothing: number, which: number[][]) => {
    const task = classification({ ...options, labelSmoothing });
    const model = new Model({ tasks: [task], backbone, width, seed: 1 });
    const out = tf.tidy(() => {
      const { sum, weight } = model.task('seven').loss(task.collate(which.map(task.encode)), inference);
      return { sum: sum.dataSync()[0]!, weight: weight.dataSync()[0]! };
    });
    const observations = await model.task('seven').observe(which);
    model.dispose();
    return { ...out, observations };
  };
  const whole = await value(0, raws);
  t.is(whole.weight, 3);
  const each = await Promise.all(raws.map((raw) => value(0, [raw])));
  t.true(Math.abs(whole.sum - each.reduce((sum, one) => sum + one.sum, 0)) < 1e-5);
  const expected = whole.observations.reduce(
    (sum, { expected: name, probabilities }) => sum - Math.log(probabilities[options.classes.indexOf(name)]!),
    0,
  );
  t.true(Math.abs(whole.sum - expected) < 1e-5);
  t.deepEqual(
    whole.observations.map(({ expected: name }) => name),
    ['yes', 'no', 'yes'],
  );
  t.true((await value(0.1, raws)).sum !== whole.sum);
});

test.serial('a label that is none, and a backbone that cannot read, are said', (t) => {
  const bad = classification({ ...options, label: () => 'maybe' });
  t.regex(
    t.throws(() => bad.encode([1]), { instanceOf: AnyformerError })!.message,
    /Task 'seven': the label "maybe"; accepted: 0 to 1 or one of no, yes/,
  );
  t.throws(() => classification({ ...options, label: () => 2 }).encode([1]), { message: /the label 2/ });
  const decoderOnly = transformer({ width, heads: 2, layers: 1, encoder: false });
  t.throws(() => new Model({ tasks: [classification(options)], backbone: decoderOnly, width, seed: 1 }), { message: /without an encoder/ });
});

test('metrics', (t) => {
  const share = accuracy<{ expected: number; predicted: number }>();
  for (const predicted of [1, 2, 1, 1]) share.add({ expected: 1, predicted });
  t.is(share.result(), 0.75);
  const loss = mean<number>('loss', 'lower', (x) => x);
  t.true(Number.isNaN(loss.result()));
  [1, 2].forEach((x) => loss.add(x));
  t.is(loss.result(), 1.5);
});
