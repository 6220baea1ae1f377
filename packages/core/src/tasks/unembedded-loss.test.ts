import { crossEntropy, linear, tensorCount, tf, useEngine, valueAndGradients } from '@anyformer/engine';
import test from 'ava';
import { linearUnembedder } from '../layers/linear-unembedder.js';
import { unembeddedLoss } from './unembedded-loss.js';

const made = (shape: number[], phase: number): tf.Variable =>
  tf.tidy(() =>
    tf.variable(
      tf.tensor(
        Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(i * 1.7 + phase)),
        shape,
      ),
    ),
  );

test('a linear map has the loss, and the gradients, of the logits that it never stores', async (t) => {
  await useEngine();
  const [hidden, rows, bias] = [made([2, 3, 5], 0), made([7, 5], 1), made([7], 2)];
  const next = tf.tensor2d([0, 3, -1, 6, 6, 1], [2, 3], 'int32');
  const mapped = linearUnembedder(rows, bias as unknown as tf.Tensor1D);
  const options = { labelSmoothing: 0.1 };
  const before = tensorCount();
  const run = (loss: () => ReturnType<typeof crossEntropy>) =>
    valueAndGradients(() => {
      const { sum, weight } = loss();
      return { loss: tf.div(sum, weight) as tf.Scalar };
    }, [hidden, rows, bias]);
  const found = [
    run(() => unembeddedLoss(mapped, hidden, next, options)),
    run(() => unembeddedLoss((x) => mapped(x), hidden, next, options)),
    run(() => {
      const logits = tf.reshape(linear(hidden, rows, { transposed: true, bias: bias as unknown as tf.Tensor1D }), [6, 7]);
      return crossEntropy(logits, tf.reshape(next, [6]), options);
    }),
  ];
  const right = found[2]!;
  for (const { value, gradients } of found) {
    t.true(Math.abs(value.loss.dataSync()[0]! - right.value.loss.dataSync()[0]!) < 1e-5);
    for (const variable of [hidden, rows, bias]) {
      const [given, wanted] = [gradients.get(variable)!.dataSync(), right.gradients.get(variable)!.dataSync()];
      t.deepEqual(gradients.get(variable)!.shape, variable.shape);
      t.true([...given].every((x, i) => Math.abs(x - wanted[i]!) < 1e-6));
    }
  }
  for (const { value, gradients } of found) tf.dispose([value.loss, ...gradients.values()]);
  t.is(tensorCount(), before);
  tf.dispose([hidden, rows, bias, next]);
});
