import { kernelBackend } from '../backend/kernel-backend.js';
import * as tf from '../tf.js';

/**
 * The sum of squares over all tensors, one after the other: what global-norm clipping takes the root of. Fixed order; accumulated in float64
 * on our own engines, in float32 for each tensor on the others.
 */
export async function squaredNorm(tensors: Iterable<tf.Tensor>): Promise<number> {
  const backend = kernelBackend('squaredNorm');
  if (backend) {
    // Straight to the host: a scalar for each tensor, to be read, costs more than the sums do.
    let sum = 0;
    for (const t of tensors) sum += backend.call.squared_norm(t.size, backend.floats(t));
    return sum;
  }
  const given = [...tensors];
  if (given.length === 0) return 0;
  // One tensor of all sums: each that is read waits for a GPU.
  const squares = tf.tidy(() => tf.stack(given.map((t) => tf.sum(tf.square(t)))));
  const values = await squares.data<'float32'>();
  squares.dispose();
  return values.reduce((sum, value) => sum + value, 0);
}

/** Whether no element of any of the tensors is NaN or infinite. */
export async function allFinite(tensors: Iterable<tf.Tensor>): Promise<boolean> {
  const backend = kernelBackend('allFinite');
  for (const t of tensors) {
    if (backend) {
      if (backend.call.all_finite(t.size, backend.floats(t)) === 0) return false;
      continue;
    }
    const finite = tf.tidy(() => tf.all(tf.isFinite(t)));
    const [yes] = await finite.data();
    finite.dispose();
    if (!yes) return false;
  }
  return true;
}
