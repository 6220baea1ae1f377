import * as tf from '../tf.js';
import { channelsLast, channelsSecond, coordinatesOf, elementAt, sizeOf } from './axes.test-support.js';
import { padding } from './convolution.test-support.js';
import { flag, type Node, number, numbers, type Operator, read, single } from './node.test-support.js';

/** The windows that a node slides over the axes after the channels. */
interface Windows {
  kernel: number[];
  strides: number[];
  dilations: number[];
  /** Before and after each axis. */
  pads: [number, number][];
  /** Number of windows along each axis. */
  counts: number[];
}

function windowsOf(x: tf.Tensor, node: Node): Windows {
  const sizes = x.shape.slice(2);
  const kernel = numbers(node, 'kernel_shape')!;
  const ones = kernel.map(() => 1);
  const strides = numbers(node, 'strides') ?? ones;
  const dilations = numbers(node, 'dilations') ?? ones;
  const pads = padding(node, sizes, kernel, strides, dilations);
  const counts = sizes.map((size, i) => {
    const [before, after] = pads[i]!;
    const steps = (before + size + after - (kernel[i]! - 1) * dilations[i]! - 1) / strides[i]!;
    if (!flag(node, 'ceil_mode')) return Math.floor(steps) + 1;
    // A window that would begin in the padding behind the axis is left out.
    return Math.ceil(steps) * strides[i]! >= size + before ? Math.ceil(steps) : Math.ceil(steps) + 1;
  });
  return { kernel, strides, dilations, pads, counts };
}

/** The axes after the channels as one, and the windows over them as lists of places. */
interface Unrolled {
  /** For each window and each of its elements the place, from 0; what lies outside has the place behind the last. */
  places: number[];
  /** Number of elements of each window that count where padding does. */
  padded: number[];
  /** The elements of each window: [b * channels, windows, kernel]. */
  elements: tf.Tensor;
}

/** Gathers the elements of every window; outside there is `fill`. */
function unroll(x: tf.Tensor, { kernel, strides, dilations, pads, counts }: Windows, fill: number): Unrolled {
  const sizes = x.shape.slice(2);
  const [length, width] = [sizeOf(counts), sizeOf(kernel)];
  const places: number[] = [];
  const padded = Array<number>(length).fill(0);
  for (let window = 0; window < length; window++) {
    const from = coordinatesOf(window, counts).map((count, axis) => count * strides[axis]! - pads[axis]![0]);
    for (let element = 0; element < width; element++) {
      const at = coordinatesOf(element, kernel).map((step, axis) => from[axis]! + step * dilations[axis]!);
      const inside = at.every((place, axis) => place >= 0 && place < sizes[axis]!);
      places.push(inside ? elementAt(at, sizes) : sizeOf(sizes));
      if (at.every((place, axis) => place < sizes[axis]! + pads[axis]![1])) padded[window]! += 1;
    }
  }
  const rows = tf.reshape(x, [x.shape[0]! * x.shape[1]!, sizeOf(sizes)]);
  const withOutside = tf.concat([rows, tf.fill([rows.shape[0]!, 1], fill, x.dtype)], 1);
  return { places, padded, elements: tf.gather(withOutside, tf.tensor2d(places, [length, width], 'int32'), 1) };
}

/** What tfjs pools itself, over two axes and without more ado; undefined for everything else. */
function stock(x: tf.Tensor, node: Node, pool: typeof tf.maxPool): tf.Tensor | undefined {
  const { kernel, strides, dilations, pads } = windowsOf(x, node);
  const plain = kernel.length === 2 && dilations.every((dilation) => dilation === 1);
  if (!plain || flag(node, 'ceil_mode') || flag(node, 'count_include_pad') || node.outputs.length > 1) return undefined;
  const explicit = [[0, 0], ...pads, [0, 0]] as tf.backend_util.ExplicitPadding;
  return channelsSecond(pool(channelsLast(x) as tf.Tensor4D, kernel as [number, number], strides as [number, number], explicit));
}

const averagePool: Operator = single(([x], node) => {
  const pooled = stock(x!, node, tf.avgPool);
  if (pooled) return pooled;
  const windows = windowsOf(x!, node);
  const { places, padded, elements } = unroll(x!, windows, 0);
  const [width, outside] = [sizeOf(windows.kernel), sizeOf(x!.shape.slice(2))];
  const inside = padded.map((_, i) => places.slice(i * width, (i + 1) * width).filter((place) => place < outside).length);
  const counted = tf.tensor1d(flag(node, 'count_include_pad') ? padded : inside);
  return tf.reshape(tf.div(tf.sum(elements, 2), counted), [...x!.shape.slice(0, 2), ...windows.counts]);
});

/** The second output says where the largest stands in the flattened input, along the last axis first or along the third. */
const maxPool: Operator = (node) => {
  const x = node.inputs[0]!;
  const pooled = stock(x, node, tf.maxPool);
  if (pooled) return [pooled];
  const windows = windowsOf(x, node);
  const { places, elements } = unroll(x, windows, x.dtype === 'int32' ? -(2 ** 31) : Number.NEGATIVE_INFINITY);
  const shape = [...x.shape.slice(0, 2), ...windows.counts];
  const sizes = x.shape.slice(2);
  const [rows, width] = [sizeOf(windows.counts), sizeOf(windows.kernel)];
  const found = read(tf.argMax(elements, 2)).map((element, i) => {
    const at = coordinatesOf(places[(i % rows) * width + element]!, sizes);
    const place = flag(node, 'storage_order') ? elementAt(at.toReversed(), sizes.toReversed()) : elementAt(at, sizes);
    return Math.floor(i / rows) * sizeOf(sizes) + place;
  });
  return [tf.reshape(tf.max(elements, 2), shape), tf.tensor(found, shape, 'int32')];
};

const norm = (x: tf.Tensor, axes: number[], p: number, keep: boolean): tf.Tensor => tf.pow(tf.sum(tf.pow(tf.abs(x), p), axes, keep), 1 / p);

const normPool: Operator = single(([x], node) => {
  const windows = windowsOf(x!, node);
  const { elements } = unroll(x!, windows, 0);
  return tf.reshape(norm(elements, [2], number(node, 'p', 2), false), [...x!.shape.slice(0, 2), ...windows.counts]);
});

const spatial = (x: tf.Tensor): number[] => x.shape.slice(2).map((_, i) => i + 2);

/** Operators that pool. */
export const pooling: Record<string, Operator> = {
  AveragePool: averagePool,
  GlobalAveragePool: single(([x]) => tf.mean(x!, spatial(x!), true)),
  GlobalLpPool: single(([x], node) => norm(x!, spatial(x!), number(node, 'p', 2), true)),
  GlobalMaxPool: single(([x]) => tf.max(x!, spatial(x!), true)),
  LpPool: normPool,
  MaxPool: maxPool,
};
