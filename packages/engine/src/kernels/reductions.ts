import type * as tf from '../tf.js';
import { areFloats, axesOf, type KernelCall, type Replacement, sizeOf } from './kernel.js';
import { moveAxes } from './movement.js';

/** Sum over any axes: brought together by a transpose where they do not lie side by side. */
export const sum: Replacement = (call) => reduced(call, () => 1);

/** Mean over any axes. */
export const mean: Replacement = (call) => reduced(call, (n) => 1 / n);

function reduced({ inputs, attrs, backend }: KernelCall, scaleOf: (n: number) => number): tf.TensorInfo | undefined {
  const x = inputs.x!;
  if (!areFloats(x)) return undefined;
  const rank = x.shape.length;
  const axes = axesOf(attrs.axis, rank);
  if (axes.length === 0) return undefined;
  const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const shape = attrs.keepDims ? x.shape.map((size, i) => (axes.includes(i) ? 1 : size)) : kept.map((i) => x.shape[i]!);
  const out = backend.info(shape);
  const first = axes[0]!;
  const last = axes.at(-1)!;
  const n = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
  const together = last - first === axes.length - 1;
  const moved = together ? x : moveAxes(backend, x, [...kept, ...axes]);
  if (!moved) {
    backend.disposeData(out.dataId);
    return undefined;
  }
  const [outer, inner] = together ? [sizeOf(x.shape, 0, first), sizeOf(x.shape, last + 1)] : [sizeOf(x.shape) / Math.max(n, 1), 1];
  backend.call.sum_axis(outer, n, inner, scaleOf(n), backend.address(moved), backend.address(out));
  if (moved !== x) backend.disposeData(moved.dataId);
  return out;
}

/** Softmax of the last axis. */
export const softmax: Replacement = ({ inputs, attrs, backend }) => rows(backend, inputs.logits!, attrs.dim, 0);

/** Logarithm of the softmax of the last axis. */
export const logSoftmax: Replacement = ({ inputs, attrs, backend }) => rows(backend, inputs.logits!, attrs.axis, 1);

function rows(backend: KernelCall['backend'], x: tf.TensorInfo, axis: unknown, logarithmic: 0 | 1): tf.TensorInfo | undefined {
  const rank = x.shape.length;
  const width = x.shape[rank - 1];
  if (!areFloats(x) || !width || (axis !== -1 && axis !== rank - 1)) return undefined;
  const out = backend.info(x.shape);
  backend.call.softmax(sizeOf(x.shape) / width, width, logarithmic, backend.address(x), backend.address(out));
  return out;
}

/** Largest element of the last axis. */
export const max: Replacement = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const rank = x.shape.length;
  const width = x.shape[rank - 1];
  const axes = axesOf(attrs.reductionIndices, rank);
  if (!areFloats(x) || !width || axes.length !== 1 || axes[0] !== rank - 1) return undefined;
  const out = backend.info(attrs.keepDims ? [...x.shape.slice(0, -1), 1] : x.shape.slice(0, -1));
  backend.call.max_rows(sizeOf(x.shape) / width, width, backend.address(x), backend.address(out));
  return out;
};

/** Position of the largest element of the last axis. */
export const argMax: Replacement = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const rank = x.shape.length;
  const width = x.shape[rank - 1];
  const [axis] = axesOf(attrs.axis, rank);
  if (!areFloats(x) || !width || axis !== rank - 1) return undefined;
  const out = backend.info(x.shape.slice(0, -1), 'int32');
  backend.call.argmax_rows(sizeOf(x.shape) / width, width, backend.address(x), backend.address(out));
  return out;
};

/** The k largest elements of the last axis, largest first and of equals the first, and where they are. */
export const topK: Replacement = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const width = x.shape[x.shape.length - 1];
  const k = attrs.k as number;
  if (!areFloats(x) || !width || k < 1 || k > width) return undefined;
  const shape = [...x.shape.slice(0, -1), k];
  const values = backend.info(shape);
  const places = backend.info(shape, 'int32');
  backend.call.top_rows(sizeOf(x.shape) / width, width, k, backend.address(x), backend.address(values), backend.address(places));
  return [values, places];
};
