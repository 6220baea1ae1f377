import type { KernelBackend } from '../backend/kernel-backend.js';
import * as tf from '../tf.js';
import { sourcesOf } from './broadcast-product.js';
import { areFloats, type Replacement, sizeOf } from './kernel.js';

/** BatchMatMul with any transposes and batches that broadcast. */
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
  const [ofA, ofB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const [batchA, batchB] = [sizeOf(ofA), sizeOf(ofB)];
  const batch = tf.backend_util.assertAndGetBroadcastShape(ofA, ofB);
  const out = backend.info([...batch, rows, columns]);
  const { call } = backend;
  const x = backend.address(a);
  const y = backend.address(b);
  const z = backend.address(out);
  if (batchA === 1 && batchB === 1) call.matmul(+transposeA, +transposeB, rows, columns, depth, x, y, z, 0, 0, 0);
  // One matrix on the right for all rows: a single tall product.
  else if (batchB === 1 && !transposeA) call.matmul(0, +transposeB, batchA * rows, columns, depth, x, y, z, 0, 0, 0);
  else if (batchA === 1 || batchB === 1 || tf.util.arraysEqual(ofA, ofB)) {
    const stepA = batchA === 1 ? 0 : rows * depth;
    const stepB = batchB === 1 ? 0 : depth * columns;
    call.matmul_batch(sizeOf(batch), +transposeA, +transposeB, rows, columns, depth, x, stepA, y, stepB, z);
  } else {
    const [fromA, fromB] = [sourcesOf(batch, ofA), sourcesOf(batch, ofB)];
    for (const [i, at] of fromA.entries()) {
      const [left, right] = [x + 4 * at * rows * depth, y + 4 * fromB[i]! * depth * columns];
      call.matmul(+transposeA, +transposeB, rows, columns, depth, left, right, z + 4 * i * rows * columns, 0, 0, 0);
    }
  }
  return out;
}
