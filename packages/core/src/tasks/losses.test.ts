import { readFileSync } from 'node:fs';
import { crossEntropy, tf, useEngine, valueAndGradients } from '@anyformer/engine';
import { testWithShared } from '@anyformer/oracles';
import test from 'ava';

test.before(() => useEngine());

const oracles = ['data/fixtures/training/losses.json'];

/** Loss, weight and gradient of the sum. Labels that are not counted are below 0 here as there. */
const lossOf = async (logits: readonly number[][], labels: readonly number[], labelSmoothing: number) => {
  const x = tf.tidy(() => tf.variable(tf.tensor2d(logits as number[][])));
  const y = tf.tensor1d([...labels], 'int32');
  const { value, gradients } = valueAndGradients(() => {
    const { sum, weight } = crossEntropy(x, y, { labelSmoothing });
    return { loss: sum, weight };
  }, [x]);
  const [[sum], [weight], gradient] = [await value.loss.data(), await value.weight.data(), await gradients.get(x)!.data()];
  tf.dispose([x, y, value.loss, value.weight, ...gradients.values()]);
  return { sum: sum!, weight: weight!, gradient };
};

testWithShared(test.serial, 'cross entropy with label smoothing is PyTorch’s, with its gradients', oracles, async (t, file = '') => {
  const { logits, labels, cross_entropy: given } = JSON.parse(readFileSync(file, 'utf8'));
  // A task weighs labels by itself: class weights are no part of the loss here.
  const cases = given.cases.filter(({ weighted }: { weighted: boolean }) => !weighted);
  t.is(cases.length, 9);
  for (const { label_smoothing: smoothing, reduction, loss, grad_of_sum: expected } of cases) {
    const name = `${reduction} smoothing ${smoothing}`;
    const { sum, weight, gradient } = await lossOf(logits, labels, smoothing);
    t.is(weight, labels.filter((label: number) => label >= 0).length);
    if (reduction === 'none')
      for (const [row, value] of (loss as number[]).entries()) {
        const one = await lossOf([logits[row]], [labels[row]], smoothing);
        t.true(Math.abs(one.sum - value) < 1e-5, `${name} row ${row}: ${one.sum}, not ${value}`);
      }
    else t.true(Math.abs((reduction === 'mean' ? sum / weight : sum) - loss) < 1e-5, `${name}: ${sum}`);
    // PyTorch's 'mean' has the gradient of the mean
    const scale = reduction === 'mean' ? weight : 1;
    (expected as number[][]).flat().forEach((value, i) => t.true(Math.abs(gradient[i]! / scale - value) < 1e-6, `${name}: gradient ${i}`));
  }
});

testWithShared(test.serial, 'fairseq’s label smoothing is this one with another share', oracles, async (t, file = '') => {
  const { logits, labels, fairseq_label_smoothed: given } = JSON.parse(readFileSync(file, 'utf8'));
  const classes = logits[0].length;
  const { sum } = await lossOf(logits, labels, (given.epsilon * classes) / (classes - 1));
  t.true(Math.abs(sum - given.loss_sum) < 1e-5, `${sum}`);
  t.true(Math.abs((await lossOf(logits, labels, 0)).sum - given.nll_sum) < 1e-5);
});

testWithShared(test.serial, 'logits near the end of float32 have a loss and a gradient', oracles, async (t, file = '') => {
  const { logits, labels, log_softmax: expected } = JSON.parse(readFileSync(file, 'utf8')).large_logits_float32;
  for (const [row, values] of (logits as number[][]).entries()) {
    const { sum, gradient } = await lossOf([values], [labels[row]], 0);
    t.is(Math.abs(sum), 0);
    t.true(gradient.every((value) => Math.abs(value) < 1e-30));
  }
  for (const [id, value] of (expected[0] as number[]).entries()) t.is((await lossOf([logits[0]], [id], 0)).sum + 0, 0 - value);
});
