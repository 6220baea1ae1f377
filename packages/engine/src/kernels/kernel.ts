import type { KernelBackend } from '../backend/kernel-backend.js';
import type * as tf from '../tf.js';

/** What tfjs hands to a kernel. */
export interface KernelCall {
  inputs: Record<string, tf.TensorInfo>;
  attrs: Record<string, unknown>;
  backend: KernelBackend;
}

/** One of our kernels in the place of a stock one; undefined where it does not cover the case, and then the stock one runs. */
export type Replacement = (call: KernelCall) => tf.TensorInfo | tf.TensorInfo[] | undefined;

/** Elements of a shape. */
export function sizeOf(shape: readonly number[], from = 0, to = shape.length): number {
  let n = 1;
  for (let i = from; i < to; i++) n *= shape[i]!;
  return n;
}

/** Whether all are float32. */
export const areFloats = (...tensors: tf.TensorInfo[]): boolean => tensors.every(({ dtype }) => dtype === 'float32');

/** Axes counted from 0, ascending. */
export function axesOf(axis: unknown, rank: number): number[] {
  const list = axis === undefined || axis === null ? Array.from({ length: rank }, (_, i) => i) : [axis as number | number[]].flat();
  return list.map((a) => (a < 0 ? a + rank : a)).sort((a, b) => a - b);
}
