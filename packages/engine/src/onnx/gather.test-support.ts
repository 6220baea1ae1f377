import * as tf from '../tf.js';
import { coordinatesOf, elementAt, fromStart, sizeOf, stepsOf } from './axes.test-support.js';
import { type Node, number, type Operator, read, single } from './node.test-support.js';

/** Takes elements along an axis; negative places count from the end. */
export function take(x: tf.Tensor, places: number[], axis: number, shape = [places.length]): tf.Tensor {
  const size = x.shape[axis]!;
  return tf.gather(
    x,
    tf.tensor(
      places.map((place) => fromStart(place, size)),
      shape,
      'int32',
    ),
    axis,
  );
}

/** Elements of the flattened tensor. */
export const pick = (x: tf.Tensor, places: number[], shape: number[]): tf.Tensor => take(tf.reshape(x, [x.size]), places, 0, shape);

/** The element that each index of a node selects: where the index stands, but at the index along the node's axis. */
export function elementsSelected(x: tf.Tensor, indices: tf.Tensor, node: Node): number[] {
  const axis = fromStart(number(node, 'axis', 0), x.shape.length);
  return read(indices).map((index, i) => {
    const coordinates = coordinatesOf(i, indices.shape);
    coordinates[axis] = fromStart(index, x.shape[axis]!);
    return elementAt(coordinates, x.shape);
  });
}

const gatherND: Operator = single(([x, indices], node) => {
  const batch = number(node, 'batch_dims', 0);
  const depth = indices!.shape.at(-1)!;
  const inner = x!.shape.slice(batch + depth);
  const steps = stepsOf(x!.shape.slice(0, batch + depth)); // in blocks of `inner`
  const rows = sizeOf(indices!.shape.slice(batch, -1));
  const given = read(indices!);
  const places = Array.from({ length: given.length / depth }, (_, i) => {
    const start = batch === 0 ? 0 : Math.floor(i / rows) * steps[batch - 1]!;
    return steps.slice(batch).reduce((sum, step, a) => sum + step * fromStart(given[i * depth + a]!, x!.shape[batch + a]!), start);
  });
  return tf.reshape(take(tf.reshape(x!, [-1, sizeOf(inner)]), places, 0), [...indices!.shape.slice(0, -1), ...inner]);
});

/** What a condition holds for, along an axis or of the flattened tensor. */
const compress: Operator = single(([x, condition], node) => {
  const places = read(condition!).flatMap((held, i) => (held ? [i] : []));
  const axis = node.attributes.axis as number | undefined;
  return axis === undefined ? pick(x!, places, [places.length]) : take(x!, places, fromStart(axis, x!.shape.length));
});

const nonZero: Operator = single(([x]) => {
  const found = read(x!).flatMap((value, i) => (value === 0 ? [] : [coordinatesOf(i, x!.shape)]));
  const rank = x!.shape.length;
  return tf.tensor(
    Array.from({ length: rank }, (_, axis) => found.map((coordinates) => coordinates[axis]!)).flat(),
    [rank, found.length],
    'int32',
  );
});

/** Reverses the first steps of each sequence, as many as it is long. */
const reverseSequence: Operator = single(([x, lengths], node) => {
  const [batch, time] = [number(node, 'batch_axis', 1), number(node, 'time_axis', 0)];
  const given = read(lengths!);
  const places = Array.from({ length: x!.size }, (_, i) => {
    const coordinates = coordinatesOf(i, x!.shape);
    const [length, step] = [given[coordinates[batch]!]!, coordinates[time]!];
    if (step < length) coordinates[time] = length - 1 - step;
    return elementAt(coordinates, x!.shape);
  });
  return pick(x!, places, x!.shape);
});

/** Operators that pick elements. */
export const gathers: Record<string, Operator> = {
  Compress: compress,
  Gather: single(([x, indices], node) => take(x!, read(indices!), fromStart(number(node, 'axis', 0), x!.shape.length), indices!.shape)),
  GatherElements: single(([x, indices], node) => pick(x!, elementsSelected(x!, indices!, node), indices!.shape)),
  GatherND: gatherND,
  NonZero: nonZero,
  ReverseSequence: reverseSequence,
};
