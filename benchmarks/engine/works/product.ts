import { stream } from '@anyformer/core';
import { tf } from '@anyformer/engine';
import type { Row } from '../rows.js';
import type { Work } from '../work.js';

/** Products of different matrices, one after the other, each to a place of its own. */
export const productWork = (row: Row): Work => {
  const { batch, length: m, width: k, outputs: n, turned } = row;
  const random = stream(1, row.row);
  const matrix = (rows: number, columns: number): tf.Tensor2D => {
    const values = Float32Array.from({ length: rows * columns }, () => random.uniform() - 0.5);
    return tf.tensor2d(values, [rows, columns]);
  };
  const factors = Array.from({ length: batch }, () => ({
    left: turned === 'left' ? matrix(k, m) : matrix(m, k),
    right: turned === 'right' ? matrix(n, k) : matrix(k, n),
  }));
  return async () => {
    const made = factors.map(({ left, right }) => tf.matMul(left, right, turned === 'left', turned === 'right')); // [m, n] each
    // Kernels run when somebody looks; one number is enough.
    const corner = tf.slice(made.at(-1)!, [0, 0], [1, 1]);
    await corner.data();
    tf.dispose([corner, ...made]);
  };
};
