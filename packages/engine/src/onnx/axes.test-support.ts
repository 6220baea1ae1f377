import * as tf from '../tf.js';

/** Axes counted from 0. */
export const fromStart = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** Runs `f` with one axis moved to the end, and moves it back. */
export function onLastAxis(x: tf.Tensor, axis: number, f: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  const rank = x.shape.length;
  const at = fromStart(axis, rank);
  if (at === rank - 1 || rank === 0) return f(x);
  const order = [...Array(rank).keys()].filter((i) => i !== at).concat(at);
  const back = order.map((_, i) => order.indexOf(i));
  return tf.transpose(f(tf.transpose(x, order)), back);
}

/** Channels from the second axis to the last. */
export const channelsLast = (x: tf.Tensor): tf.Tensor => {
  const rest = x.shape.slice(2).map((_, i) => i + 2);
  return tf.transpose(x, [0, ...rest, 1]);
};

/** Channels from the last axis to the second. */
export const channelsSecond = (x: tf.Tensor): tf.Tensor => {
  const rank = x.shape.length;
  return tf.transpose(x, [0, rank - 1, ...x.shape.slice(2).map((_, i) => i + 1)]);
};

/** Elements of a shape. */
export const sizeOf = (shape: number[]): number => shape.reduce((a, b) => a * b, 1);

/** How many elements one step along each axis passes. */
export const stepsOf = (shape: number[]): number[] => shape.map((_, i) => sizeOf(shape.slice(i + 1)));

/** Where an element of a flattened tensor stands along each axis. */
export const coordinatesOf = (element: number, shape: number[]): number[] =>
  stepsOf(shape).map((step, axis) => Math.floor(element / step) % shape[axis]!);

/** Where the coordinates lie in the flattened tensor. */
export const elementAt = (coordinates: number[], shape: number[]): number =>
  stepsOf(shape).reduce((sum, step, axis) => sum + step * coordinates[axis]!, 0);

/** True at each label, for labels [...] among `depth`: [..., depth]. `tf.oneHot` takes no depth of 1. */
export const isLabel = (labels: tf.Tensor, depth: number): tf.Tensor =>
  tf.equal(tf.expandDims(labels, labels.shape.length), tf.range(0, depth, 1, 'int32'));
