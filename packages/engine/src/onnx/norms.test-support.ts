import { layerNorm, rmsNorm } from '../ops/norm.js';
import * as tf from '../tf.js';
import { channelsLast, channelsSecond, fromStart, sizeOf } from './axes.test-support.js';
import { flag, type Node, number, numbers, type Operator, single } from './node.test-support.js';

/** Rows of what is normalised together: everything from an axis on. */
function rowsOf(x: tf.Tensor, node: Node): { rows: tf.Tensor; flat: (t: tf.Tensor) => tf.Tensor; kept: number[] } {
  const axis = fromStart(number(node, 'axis', -1), x.shape.length);
  const tail = x.shape.slice(axis);
  const w = sizeOf(tail);
  return {
    rows: tf.reshape(x, [sizeOf(x.shape.slice(0, axis)), w]), // [n, w]
    flat: (t) => tf.reshape(tf.broadcastTo(t, tail), [w]),
    kept: [...x.shape.slice(0, axis), ...tail.map(() => 1)],
  };
}

const layer: Operator = (node) => {
  const [x, gain, bias] = node.inputs as tf.Tensor[];
  const epsilon = number(node, 'epsilon', 1e-5);
  const { rows, flat, kept } = rowsOf(x!, node);
  const { mean, variance } = tf.moments(rows, 1);
  return [
    tf.reshape(layerNorm(rows, flat(gain!), bias && flat(bias), epsilon), x!.shape),
    tf.reshape(mean, kept),
    tf.reshape(tf.rsqrt(tf.add(variance, epsilon)), kept),
  ];
};

/** Each group of channels on its own; then a gain and a bias per channel (or, before opset 21, per group). */
function grouped(x: tf.Tensor, groups: number, gain: tf.Tensor, bias: tf.Tensor, epsilon: number): tf.Tensor {
  const channels = x.shape[1]!;
  const w = x.size / (x.shape[0]! * groups);
  const rows = tf.reshape(x, [-1, w]); // [b * groups, w]
  const normal = tf.reshape(layerNorm(rows, tf.ones([w]), tf.zeros([w]), epsilon), x.shape);
  const each = (t: tf.Tensor): tf.Tensor => {
    const spread = tf.tile(tf.reshape(t, [t.size, 1]), [1, channels / t.size]);
    return tf.reshape(spread, [1, channels, ...x.shape.slice(2).map(() => 1)]);
  };
  return tf.add(tf.mul(normal, each(gain)), each(bias));
}

/** With the given statistics; in training with those of the batch, which are mixed into the given ones. */
const batch: Operator = (node) => {
  const [x, gain, bias, mean, variance] = node.inputs as tf.Tensor[];
  const rest = x!.shape.map((_, i) => i).filter((i) => i !== 1);
  const each = (t: tf.Tensor): tf.Tensor => tf.reshape(t, [1, -1, ...x!.shape.slice(2).map(() => 1)]);
  const own = flag(node, 'training_mode') ? tf.moments(x!, rest) : { mean: mean!, variance: variance! };
  const normal = tf.mul(tf.sub(x!, each(own.mean)), tf.rsqrt(tf.add(each(own.variance), number(node, 'epsilon', 1e-5))));
  const kept = number(node, 'momentum', 0.9);
  const mixed = (given: tf.Tensor, fresh: tf.Tensor): tf.Tensor => tf.add(tf.mul(given, kept), tf.mul(fresh, 1 - kept));
  return [tf.add(tf.mul(normal, each(gain!)), each(bias!)), mixed(mean!, own.mean), mixed(variance!, own.variance)];
};

/** Zero mean and unit variance over the given axes. */
const standard: Operator = single(([x], node) => {
  const { mean, variance } = tf.moments(x!, numbers(node, 'axes') ?? [0, 2, 3], true);
  return tf.div(tf.sub(x!, mean), tf.add(tf.sqrt(variance), 1e-9));
});

/** Divided by the sum of the absolute values along an axis, or by the root of the sum of the squares; zeros stay. */
const unit: Operator = single(([x], node) => {
  const axis = number(node, 'axis', -1);
  const size = number(node, 'p', 2) === 1 ? tf.sum(tf.abs(x!), axis, true) : tf.sqrt(tf.sum(tf.square(x!), axis, true));
  return tf.divNoNan(x!, size);
});

/** Divided by what the neighbouring channels hold; tfjs means the same but does not average over them. */
const local: Operator = single(([x], node) => {
  const size = number(node, 'size', 1);
  const [alpha, beta] = [number(node, 'alpha', 1e-4), number(node, 'beta', 0.75)];
  return channelsSecond(
    tf.localResponseNormalization(channelsLast(x!) as tf.Tensor4D, (size - 1) / 2, number(node, 'bias', 1), alpha / size, beta),
  );
});

/** Operators that normalise. */
export const norms: Record<string, Operator> = {
  BatchNormalization: batch,
  GroupNormalization: single(([x, gain, bias], node) =>
    grouped(x!, number(node, 'num_groups', 1), gain!, bias!, number(node, 'epsilon', 1e-5)),
  ),
  InstanceNormalization: single(([x, gain, bias], node) => grouped(x!, x!.shape[1]!, gain!, bias!, number(node, 'epsilon', 1e-5))),
  LayerNormalization: layer,
  LpNormalization: unit,
  LRN: local,
  MeanVarianceNormalization: standard,
  RMSNormalization: single(([x, gain], node) => {
    const { rows, flat } = rowsOf(x!, node);
    return tf.reshape(rmsNorm(rows, flat(gain!), number(node, 'epsilon', 1e-5)), x!.shape);
  }),
};
