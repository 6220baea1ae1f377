import * as tf from '../tf.js';
import { fromStart, sizeOf } from './axes.test-support.js';
import { flag, type Node, number, numbers, type Operator, read, single, stored, typeAsked } from './node.test-support.js';
import { numbersOf, tensorOf, typeHere } from './vectors.test-support.js';

const reshape: Operator = single(([x, shape], node) => {
  const given = read(shape!).map((size, i) => (size === 0 && !flag(node, 'allowzero') ? x!.shape[i]! : size));
  return tf.reshape(x!, given);
});

/** Axes as an input (from opset 13) or as an attribute. */
const axesOf = (node: Node): number[] | undefined => (node.inputs[1] ? read(node.inputs[1]) : numbers(node, 'axes'));

const eye: Operator = single(([x], node) => {
  const [rows, columns] = x!.shape as [number, number];
  const shift = number(node, 'k', 0);
  const ones = Array.from({ length: rows * columns }, (_, i) => Number((i % columns) - Math.floor(i / columns) === shift));
  return tf.tensor(ones, [rows, columns], typeAsked(node, 'dtype') ?? x!.dtype);
});

/** The sizes from one axis up to another, which are cut to those that there are. */
const shapeOf: Operator = single(([x], node) => {
  const rank = x!.shape.length;
  const axis = (name: string, otherwise: number): number => Math.min(Math.max(fromStart(number(node, name, otherwise), rank), 0), rank);
  return tf.tensor1d(x!.shape.slice(axis('start', 0), axis('end', rank)), 'int32');
});

/** Operators that make a tensor of a shape, read a shape or change it. */
export const shapes: Record<string, Operator> = {
  Constant: single((_, node) => tensorOf(stored(node, 'value')!)),
  ConstantOfShape: single(([shape], node) => {
    const value = stored(node, 'value');
    return value ? tf.fill(read(shape!), numbersOf(value)[0]!, typeHere(value.dtype)) : tf.zeros(read(shape!));
  }),
  Expand: single(([x, shape]) => tf.broadcastTo(x!, tf.backend_util.assertAndGetBroadcastShape(x!.shape, read(shape!)))),
  EyeLike: eye,
  Flatten: single(([x], node) => {
    const rows = sizeOf(x!.shape.slice(0, fromStart(number(node, 'axis', 1), x!.shape.length)));
    return tf.reshape(x!, [rows, rows === 0 ? 0 : x!.size / rows]);
  }),
  Range: single(([start, limit, delta]) => {
    const [from, to, step] = [start!, limit!, delta!].map((t) => read(t)[0]!) as [number, number, number];
    return tf.tensor(
      Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, i) => from + i * step),
      undefined,
      start!.dtype,
    );
  }),
  Reshape: reshape,
  Shape: shapeOf,
  Size: single(([x]) => tf.scalar(x!.size, 'int32')),
  Squeeze: single(([x], node) => {
    const axes = axesOf(node)?.map((axis) => fromStart(axis, x!.shape.length));
    return tf.reshape(
      x!,
      x!.shape.filter((size, i) => (axes ? !axes.includes(i) : size !== 1)),
    );
  }),
  Unsqueeze: single(([x], node) => {
    const axes = axesOf(node)!;
    const rank = x!.shape.length + axes.length;
    const fresh = axes.map((axis) => fromStart(axis, rank));
    const sizes = x!.shape.slice();
    return tf.reshape(
      x!,
      Array.from({ length: rank }, (_, i) => (fresh.includes(i) ? 1 : sizes.shift()!)),
    );
  }),
};
