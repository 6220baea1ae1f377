import type { KernelBackend } from '../backend/kernel-backend.js';
import type { StoredType } from '../backend/kernel-library.js';
import type * as tf from '../tf.js';
import { type Replacement, sizeOf } from './kernel.js';

const isWords = (x: tf.TensorInfo): boolean => x.dtype === 'float32' || x.dtype === 'int32';

/** Steps of a contiguous shape. */
function stepsOf(shape: readonly number[]): number[] {
  const steps = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    steps[i] = step;
    step *= shape[i]!;
  }
  return steps;
}

/**
 * Copies `sizes` elements from `from` to `to` with the given steps. Neighbouring axes that lie alike on both sides are joined; false
 * where more than five remain.
 */
function copy(backend: KernelBackend, sizes: number[], from: number, fromSteps: number[], to: number, toSteps: number[]): boolean {
  const joined: [number, number, number][] = [];
  for (let i = 0; i < sizes.length; i++) {
    const [size, f, t] = [sizes[i]!, fromSteps[i]!, toSteps[i]!];
    if (size === 0) return true;
    if (size === 1) continue;
    const last = joined.at(-1);
    if (last && last[1] === f * size && last[2] === t * size) joined[joined.length - 1] = [last[0] * size, f, t];
    else joined.push([size, f, t]);
  }
  if (joined.length > 5) return false;
  if (joined.length === 0) joined.push([1, 1, 1]);
  while (joined.length < 5) joined.unshift([1, 0, 0]);
  const column = (i: 0 | 1 | 2): number[] => joined.map((axis) => axis[i]);
  backend.call.copy_strided(...column(0), from, ...column(1), to, ...column(2));
  return true;
}

/** A transpose; undefined where it has too many axes. */
export function moveAxes(backend: KernelBackend, x: tf.TensorInfo, permutation: number[]): tf.TensorInfo | undefined {
  const steps = stepsOf(x.shape);
  const shape = permutation.map((axis) => x.shape[axis]!);
  const out = backend.info(shape, x.dtype as StoredType);
  const fromSteps = permutation.map((axis) => steps[axis]!);
  if (copy(backend, shape, backend.address(x), fromSteps, backend.address(out), stepsOf(shape))) return out;
  backend.disposeData(out.dataId);
  return undefined;
}

export const transpose: Replacement = ({ inputs, attrs, backend }) =>
  isWords(inputs.x!) ? moveAxes(backend, inputs.x!, attrs.perm as number[]) : undefined;

export const slice: Replacement = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  if (!isWords(x)) return undefined;
  const begin = [attrs.begin as number | number[]].flat();
  const size = [attrs.size as number | number[]].flat();
  const starts = x.shape.map((_, i) => begin[i] ?? 0);
  const shape = x.shape.map((whole, i) => (size[i] === undefined || size[i] < 0 ? whole - starts[i]! : size[i]));
  if (starts.some((start, i) => start < 0 || start + shape[i]! > x.shape[i]!)) return undefined;
  const steps = stepsOf(x.shape);
  const offset = starts.reduce((sum, start, i) => sum + start * steps[i]!, 0);
  const out = backend.info(shape, x.dtype as StoredType);
  if (copy(backend, shape, backend.address(x) + 4 * offset, steps, backend.address(out), stepsOf(shape))) return out;
  backend.disposeData(out.dataId);
  return undefined;
};

export const concat: Replacement = ({ inputs, attrs, backend }) => {
  const list = Object.values(inputs).filter((x) => sizeOf(x.shape) > 0);
  const first = list[0];
  if (!first || list.some((x) => !isWords(x) || x.dtype !== first.dtype)) return undefined;
  const rank = first.shape.length;
  const axis = (attrs.axis as number) < 0 ? (attrs.axis as number) + rank : (attrs.axis as number);
  if (list.some((x) => x.shape.length !== rank || x.shape.some((size, i) => i !== axis && size !== first.shape[i]))) return undefined;
  const shape = first.shape.slice();
  shape[axis] = list.reduce((sum, x) => sum + x.shape[axis]!, 0);
  const out = backend.info(shape, first.dtype as StoredType);
  const rows = sizeOf(shape, 0, axis);
  const row = sizeOf(shape, axis);
  let to = backend.address(out);
  for (const x of list) {
    const width = sizeOf(x.shape, axis);
    copy(backend, [rows, width], backend.address(x), [width, 1], to, [row, 1]);
    to += 4 * width;
  }
  return out;
};

/** `tf.split`, which is also the gradient of a concatenation. */
export const split: Replacement = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const given = attrs.numOrSizeSplits as number | number[];
  if (!isWords(x) || sizeOf(x.shape) === 0) return undefined;
  const axis = (attrs.axis as number) < 0 ? (attrs.axis as number) + x.shape.length : (attrs.axis as number);
  const whole = x.shape[axis]!;
  const parts = typeof given === 'number' ? new Array<number>(given).fill(whole / given) : given.slice();
  const rest = parts.indexOf(-1);
  if (rest >= 0) parts[rest] = whole - parts.reduce((sum, size) => sum + size, 1);
  if (parts.some((size) => !Number.isInteger(size) || size < 0) || parts.reduce((sum, size) => sum + size, 0) !== whole) return undefined;
  const rows = sizeOf(x.shape, 0, axis);
  const row = sizeOf(x.shape, axis);
  let from = backend.address(x);
  return parts.map((size) => {
    const shape = x.shape.with(axis, size);
    const out = backend.info(shape, x.dtype as StoredType);
    const width = sizeOf(shape, axis);
    copy(backend, [rows, width], from, [row, 1], backend.address(out), [width, 1]);
    from += 4 * width;
    return out;
  });
};

/** `tf.tile` of one or more axes of size 1, which is what `tf.broadcastTo` becomes. */
export const tile: Replacement = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const reps = attrs.reps as number[];
  if (!isWords(x) || reps.length !== x.shape.length || reps.some((n, i) => n !== 1 && x.shape[i] !== 1)) return undefined;
  const shape = x.shape.map((size, i) => size * reps[i]!);
  const steps = stepsOf(x.shape).map((step, i) => (reps[i] === 1 ? step : 0));
  const out = backend.info(shape, x.dtype as StoredType);
  if (copy(backend, shape, backend.address(x), steps, backend.address(out), stepsOf(shape))) return out;
  backend.disposeData(out.dataId);
  return undefined;
};

/** `tf.stack`: a concatenation of tensors with one more axis. */
export const pack: Replacement = ({ inputs, attrs, backend }) => {
  const list = Object.values(inputs);
  const first = list[0]!;
  if (list.some((x) => !isWords(x) || x.dtype !== first.dtype)) return undefined;
  const rank = first.shape.length + 1;
  const axis = (attrs.axis as number) < 0 ? (attrs.axis as number) + rank : (attrs.axis as number);
  const rows = sizeOf(first.shape, 0, axis);
  const width = sizeOf(first.shape, axis);
  const out = backend.info([...first.shape.slice(0, axis), list.length, ...first.shape.slice(axis)], first.dtype as StoredType);
  for (const [i, x] of list.entries()) {
    const to = backend.address(out) + 4 * i * width;
    copy(backend, [rows, width], backend.address(x), [width, 1], to, [width * list.length, 1]);
  }
  return out;
};

/** `tf.pad` of float32 with a constant. */
export const pad: Replacement = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const paddings = attrs.paddings as [number, number][];
  if (x.dtype !== 'float32') return undefined;
  const shape = x.shape.map((size, i) => size + paddings[i]![0] + paddings[i]![1]);
  const out = backend.info(shape);
  const steps = stepsOf(shape);
  const to = backend.address(out);
  backend.call.fill(sizeOf(shape), (attrs.constantValue as number) ?? 0, to);
  const offset = steps.reduce((sum, step, i) => sum + step * paddings[i]![0], 0);
  if (copy(backend, x.shape, backend.address(x), stepsOf(x.shape), to + 4 * offset, steps)) return out;
  backend.disposeData(out.dataId);
  return undefined;
};
