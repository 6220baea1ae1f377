import * as tf from '../tf.js';
import { coordinatesOf, elementAt, fromStart, sizeOf } from './axes.test-support.js';
import { elementsSelected, pick } from './gather.test-support.js';
import { type Node, number, type Operator, read, single } from './node.test-support.js';

const reductions: Record<string, (held: tf.Tensor, update: tf.Tensor) => tf.Tensor> = {
  none: (_, update) => update,
  add: tf.add,
  mul: tf.mul,
  max: tf.maximum,
  min: tf.minimum,
};

/** Updates by number, in rounds: the first of each place, then the second of each that has two, … */
function roundsOf(places: number[]): number[][] {
  const rounds: number[][] = [];
  const times = new Map<number, number>();
  for (const [update, place] of places.entries()) {
    const round = times.get(place) ?? 0;
    times.set(place, round + 1);
    rounds[round] ??= [];
    rounds[round].push(update);
  }
  return rounds;
}

/** Writes an update to each place of the flattened tensor, or mixes it with what is there; a place may come more than once. */
function scatter(x: tf.Tensor, places: number[], updates: tf.Tensor, reduction = 'none'): tf.Tensor {
  const written = roundsOf(places).reduce<tf.Tensor>(
    (y, round) => {
      const at = round.map((update) => places[update]!);
      const mixed = reductions[reduction]!(pick(y, at, [at.length]), pick(updates, round, [round.length]));
      return tf.tensorScatterUpdate(y, tf.tensor2d(at, [at.length, 1], 'int32'), mixed);
    },
    tf.reshape(x, [x.size]),
  );
  return tf.reshape(written, x.shape);
}

const reductionOf = ({ attributes }: Node): string | undefined => attributes.reduction as string | undefined;

const scatterElements: Operator = single(([x, indices, updates], node) =>
  scatter(x!, elementsSelected(x!, indices!, node), updates!, reductionOf(node)),
);

/** Each index leads to a block of the axes that it leaves out. */
const scatterND: Operator = single(([x, indices, updates], node) => {
  const depth = indices!.shape.at(-1)!;
  const [outer, inner] = [x!.shape.slice(0, depth), sizeOf(x!.shape.slice(depth))];
  const given = read(indices!);
  const places = Array.from({ length: updates!.size }, (_, i) => {
    const first = Math.floor(i / inner) * depth;
    const block = given.slice(first, first + depth).map((index, axis) => fromStart(index, outer[axis]!));
    return elementAt(block, outer) * inner + (i % inner);
  });
  return scatter(x!, places, updates!, reductionOf(node));
});

/** Writes new keys or values into a cache, from a step of its own in each sequence. */
const tensorScatter: Operator = single(([cache, updates, starts], node) => {
  const axis = fromStart(number(node, 'axis', -2), cache!.shape.length);
  const [size, from] = [cache!.shape[axis]!, starts && read(starts)];
  const places = Array.from({ length: updates!.size }, (_, i) => {
    const coordinates = coordinatesOf(i, updates!.shape);
    const step = coordinates[axis]! + (from?.[coordinates[0]!] ?? 0);
    coordinates[axis] = node.attributes.mode === 'circular' ? step % size : step;
    return elementAt(coordinates, cache!.shape);
  });
  return scatter(cache!, places, updates!);
});

/** Operators that write into a tensor. */
export const scatters: Record<string, Operator> = {
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
  TensorScatter: tensorScatter,
};
