import { crossEntropy } from '../ops/cross-entropy.js';
import * as tf from '../tf.js';
import { channelsLast, isLabel, onLastAxis } from './axes.test-support.js';
import { type Node, type Operator, read } from './node.test-support.js';

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
  const rows = tf.reshape(channelsLast(logProbabilities), [target.size, v]); // [n, v]
  const isTarget = isLabel(labelsOf(target, node), v); // [n, v]
  const weights = tf.mul(tf.cast(isTarget, 'float32'), weight ?? 1); // [n, v]
  // Picked before it is weighted: another class may have a logarithm of -Infinity.
  const picked = tf.where(isTarget, rows, tf.zerosLike(rows));
  const losses = tf.neg(tf.sum(tf.mul(picked, weights), 1)); // [n]
  if (reductionOf(node) === 'none') return tf.reshape(losses, target.shape);
  return reductionOf(node) === 'sum' ? tf.sum(losses) : tf.div(tf.sum(losses), tf.sum(weights));
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

/** Losses. */
export const losses: Record<string, Operator> = {
  NegativeLogLikelihoodLoss: (node) => [negativeLogLikelihood(node.inputs[0]!, node.inputs[1]!, node.inputs[2], node)],
  SoftmaxCrossEntropyLoss: softmaxCrossEntropy,
};
