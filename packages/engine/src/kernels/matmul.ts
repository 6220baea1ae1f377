import type { KernelBackend } from '../backend/kernel-backend.js';
import type * as tf from '../tf.js';
import { areFloats, type Replacement, sizeOf } from './kernel.js';

/** BatchMatMul with any transposes, one side repeated over the batch or both batched alike. */
export const batchMatMul: Replacement = ({ inputs, attrs, backend }) => {
  const { a, b } = inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
  return areFloats(a, b) ? product(backend, a, b, Boolean(attrs.transposeA), Boolean(attrs.transposeB)) : undefined;
};

function product(
  backend: KernelBackend,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  transposeA: boolean,
  transposeB: boolean,
): tf.TensorInfo | undefined {
  const [a1, a2] = a.shape.slice(-2) as [number, number];
  const [b1, b2] = b.shape.slice(-2) as [number, number];
  const [rows, depth] = transposeA ? [a2, a1] : [a1, a2];
  const columns = transposeB ? b1 : b2;
  if ((transposeB ? b2 : b1) !== depth) return undefined;
  const batchA = sizeOf(a.shape, 0, a.shape.length - 2);
  const batchB = sizeOf(b.shape, 0, b.shape.length - 2);
  if (batchA !== batchB && batchA !== 1 && batchB !== 1) return undefined;
  if (batchA === batchB && batchA > 1 && !sameBatch(a.shape, b.shape)) return undefined;
  const outer = (batchA >= batchB && a.shape.length >= b.shape.length) || batchB === 1 ? a : b;
  const out = backend.info([...outer.shape.slice(0, -2), rows, columns]);
  const { call } = backend;
  const x = backend.address(a);
  const y = backend.address(b);
  const z = backend.address(out);
  if (batchA === 1 && batchB === 1) call.matmul(+transposeA, +transposeB, rows, columns, depth, x, y, z, 0, 0, 0);
  // One matrix on the right for all rows: a single tall product.
  else if (batchB === 1 && !transposeA) call.matmul(0, +transposeB, batchA * rows, columns, depth, x, y, z, 0, 0, 0);
  else {
    const stepA = batchA === 1 ? 0 : rows * depth;
    const stepB = batchB === 1 ? 0 : depth * columns;
    call.matmul_batch(Math.max(batchA, batchB), +transposeA, +transposeB, rows, columns, depth, x, stepA, y, stepB, z);
  }
  return out;
}

function sameBatch(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => i >= a.length - 2 || size === b[i]);
}
