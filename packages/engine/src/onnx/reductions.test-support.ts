import * as tf from '../tf.js';
import { fromStart, isLabel, onLastAxis } from './axes.test-support.js';
import { flag, type Node, number, numbers, type Operator, read, single } from './node.test-support.js';

/** The axes of a reduction: an input or an attribute; none given means all, or none at all where the node says so. */
function axesOf(node: Node, rank: number): number[] {
  const given = node.inputs[1] ? read(node.inputs[1]) : numbers(node, 'axes');
  if (given && given.length > 0) return given.map((axis) => fromStart(axis, rank));
  return flag(node, 'noop_with_empty_axes') ? [] : [...Array(rank).keys()];
}

type Reduce = (x: tf.Tensor, axes: number[], keep: boolean) => tf.Tensor;

const over =
  (reduce: Reduce, before: (x: tf.Tensor) => tf.Tensor = (x) => x, after: (x: tf.Tensor) => tf.Tensor = (x) => x): Operator =>
  (node) => {
    const x = before(node.inputs[0]!);
    const axes = axesOf(node, x.shape.length);
    return [after(axes.length === 0 ? tf.clone(x) : reduce(x, axes, number(node, 'keepdims', 1) !== 0))];
  };

/** Largest or smallest of truth values, which tfjs knows for numbers. */
const ofBool =
  (reduce: Reduce): Reduce =>
  (x, axes, keep) =>
    x.dtype === 'bool' ? tf.cast(reduce(tf.cast(x, 'int32'), axes, keep), 'bool') : reduce(x, axes, keep);

/** Of integers the mean is one too, rounded towards zero. tfjs divides before it adds, which falls short of a whole number. */
const meanOf: Reduce = (x, axes, keep) => {
  if (x.dtype !== 'int32') return tf.mean(x, axes, keep);
  const total = tf.sum(x, axes, keep);
  return tf.cast(tf.div(tf.cast(total, 'float32'), x.size / total.size), 'int32');
};

/** 1 at the first largest along the last axis, else 0. */
const largest = (x: tf.Tensor): tf.Tensor => tf.cast(isLabel(tf.argMax(x, -1), x.shape.at(-1)!), x.dtype as 'float32');

/** Running sums or products. */
const running = (run: typeof tf.cumsum): Operator =>
  single(([x, axis], node) => run(x!, fromStart(read(axis!)[0]!, x!.shape.length), flag(node, 'exclusive'), flag(node, 'reverse')));

function best(x: tf.Tensor, node: Node, find: (x: tf.Tensor, axis: number) => tf.Tensor): tf.Tensor {
  const axis = fromStart(number(node, 'axis', 0), x.shape.length);
  const last = flag(node, 'select_last_index');
  const found = last ? tf.sub(tf.scalar(x.shape[axis]! - 1, 'int32'), find(tf.reverse(x, axis), axis)) : find(x, axis);
  return number(node, 'keepdims', 1) ? tf.expandDims(found, axis) : found;
}

/** Operators that reduce, and those that normalise along an axis. */
export const reductions: Record<string, Operator> = {
  ArgMax: single(([x], node) => best(x!, node, tf.argMax)),
  ArgMin: single(([x], node) => best(x!, node, tf.argMin)),
  CumProd: running(tf.cumprod),
  CumSum: running(tf.cumsum),
  Hardmax: single(([x], node) => onLastAxis(x!, number(node, 'axis', -1), largest)),
  LogSoftmax: single(([x], node) => onLastAxis(x!, number(node, 'axis', -1), (x) => tf.logSoftmax(x))),
  ReduceL1: over(tf.sum, tf.abs),
  ReduceL2: over(tf.sum, tf.square, tf.sqrt),
  ReduceLogSum: over(tf.sum, undefined, tf.log),
  ReduceLogSumExp: over((x, axes, keep) => tf.logSumExp(x, axes, keep)),
  ReduceMax: over(ofBool(tf.max)),
  ReduceMean: over(meanOf),
  ReduceMin: over(ofBool(tf.min)),
  ReduceProd: over(tf.prod),
  ReduceSum: over(tf.sum),
  ReduceSumSquare: over(tf.sum, tf.square),
  Softmax: single(([x], node) => onLastAxis(x!, number(node, 'axis', -1), (x) => tf.softmax(x))),
};
