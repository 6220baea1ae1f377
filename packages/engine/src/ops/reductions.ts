import { kernelBackend } from '../backend/kernel-backend.js';
import * as tf from '../tf.js';

/** The sum of squares, a scalar: what global-norm clipping adds up. Fixed order; accumulated in float64 on our own engines. */
export function squaredNorm(t: tf.Tensor): tf.Scalar {
  const backend = kernelBackend('squaredNorm');
  if (backend) return backend.scalar(backend.call.squared_norm(t.size, backend.floats(t)));
  return tf.tidy(() => tf.sum(tf.square(t))) as tf.Scalar;
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
