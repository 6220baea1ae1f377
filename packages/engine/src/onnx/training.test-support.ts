import { crossEntropy } from '../ops/cross-entropy.js';
import { dropout } from '../ops/dropout.js';
import { adamW, sgd } from '../ops/optimizers.js';
import * as tf from '../tf.js';
import { channelsLast, type Node, number, type Operator, onLastAxis, read } from './node.test-support.js';

const reductionOf = ({ attributes }: Node): string => (attributes.reduction as string) ?? 'mean';

/** Labels with what is to be ignored negative. */
function labelsOf(labels: tf.Tensor, { attributes }: Node): tf.Tensor {
  const ignored = attributes.ignore_index as number | undefined;
  return tf.tensor(
    read(labels).map((label) => (label === ignored ? -1 : label)),
    [labels.size],
    'int32',
  ); // [n]
}

/** The loss of each row, from log-probabilities. */
function negativeLogLikelihood(logProbabilities: tf.Tensor, target: tf.Tensor, weight: tf.Tensor | undefined, node: Node): tf.Tensor {
  const v = logProbabilities.shape[1]!;
  const rows = tf.reshape(channelsLast(logProbabilities), [-1, v]); // [n, v]
  const hot = tf.oneHot(labelsOf(target, node), v) as tf.Tensor; // [n, v]
  const weighted = weight ? tf.mul(hot, weight) : hot;
  const losses = tf.neg(tf.sum(tf.mul(rows, weighted), 1)); // [n]
  if (reductionOf(node) === 'none') return tf.reshape(losses, target.shape);
  return reductionOf(node) === 'sum' ? tf.sum(losses) : tf.div(tf.sum(losses), tf.sum(weighted));
}

const softmaxCrossEntropy: Operator = (node) => {
  const [x, target, weight] = node.inputs as tf.Tensor[];
  const v = x!.shape[1]!;
  const logProbabilities = onLastAxis(x!, 1, (x) => tf.logSoftmax(x));
  const reduction = reductionOf(node);
  if (weight || reduction === 'none') return [negativeLogLikelihood(logProbabilities, target!, weight, node), logProbabilities];
  const { sum, weight: counted } = crossEntropy(tf.reshape(channelsLast(x!), [-1, v]), labelsOf(target!, node));
  return [reduction === 'sum' ? sum : tf.div(sum, counted), logProbabilities];
};

const dropped: Operator = (node) => {
  const [x, ratio, training] = node.inputs as tf.Tensor[];
  const rate = training && read(training)[0] ? (ratio ? read(ratio)[0]! : 0.5) : 0;
  if (rate > 0) throw new Error('dropout with the bits of numpy');
  return [dropout(x!, rate, number(node, 'seed', 0)), tf.fill(x!.shape, 1, 'bool' as 'int32')];
};

/** Parameters of which each has a gradient and states: [p1, p2, …, g1, g2, …, s1, s2, …]. */
function grouped(node: Node, kinds: number): tf.Tensor[][] {
  const tensors = node.inputs.slice(2) as tf.Tensor[];
  const n = tensors.length / kinds;
  return Array.from({ length: n }, (_, i) => Array.from({ length: kinds }, (_, kind) => tensors[kind * n + i]!));
}

/** In the order of the outputs: every parameter, then every first state, … */
const inOrder = (results: tf.Variable[][]): tf.Tensor[] => results[0]!.flatMap((_, kind) => results.map((own) => own[kind]!));

const adam: Operator = (node) => {
  const [rate, step] = node.inputs.slice(0, 2).map((t) => read(t!)[0]!) as [number, number];
  const [beta1, beta2] = [number(node, 'alpha', 0.9), number(node, 'beta', 0.999)];
  return inOrder(
    grouped(node, 4).map(([x, gradient, v, h]) => {
      const [parameter, first, second] = [tf.variable(x!), tf.variable(v!), tf.variable(h!)];
      // ONNX adds epsilon to sqrt(h) before the correction, ours after it as PyTorch; step 0 corrects nothing, as an endless one.
      const epsilon = number(node, 'epsilon', 1e-6) / (step > 0 ? Math.sqrt(1 - beta2 ** step) : 1);
      const regular = tf.add(gradient!, tf.mul(x!, number(node, 'norm_coefficient', 0)));
      const endless = step > 0 ? step : Number.POSITIVE_INFINITY;
      adamW({ parameter, gradient: regular, first, second, rate, beta1, beta2, epsilon, decay: 0, step: endless });
      return [parameter, first, second];
    }),
  );
};

const momentum: Operator = (node) => {
  const [rate, step] = node.inputs.slice(0, 2).map((t) => read(t!)[0]!) as [number, number];
  if (step > 0 && number(node, 'beta', 1) !== 1) throw new Error('a damped gradient');
  return inOrder(
    grouped(node, 3).map(([x, gradient, v]) => {
      const [parameter, velocity] = [tf.variable(x!), tf.variable(v!)];
      const nesterov = node.attributes.mode === 'nesterov';
      sgd({
        parameter,
        gradient: gradient!,
        velocity,
        rate,
        momentum: number(node, 'alpha', 0),
        nesterov,
        decay: number(node, 'norm_coefficient', 0),
      });
      return [parameter, velocity];
    }),
  );
};

/** Operators of training: losses, dropout, optimizers. */
export const training: Record<string, Operator> = {
  Adam: adam,
  Dropout: dropped,
  Momentum: momentum,
  NegativeLogLikelihoodLoss: (node) => [negativeLogLikelihood(node.inputs[0]!, node.inputs[1]!, node.inputs[2], node)],
  SoftmaxCrossEntropyLoss: softmaxCrossEntropy,
};
