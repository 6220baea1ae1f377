import { kernelBackend } from '../backend/kernel-backend.js';
import * as tf from '../tf.js';

/**
 * Copies values of a float32 tensor to the host: those from `from` on in the order of rows, as many as `into` has room for. Unlike `data()`
 * it takes no memory of the tensor's size.
 */
export async function readValues(x: tf.Tensor, from: number, into: Float32Array): Promise<void> {
  const backend = kernelBackend('readValues');
  if (backend) {
    into.set(backend.library.view(backend.floats(x), 'float32', x.size).subarray(from, from + into.length) as Float32Array);
    return;
  }
  const part = tf.tidy(() => tf.slice(tf.reshape(x, [x.size]), [from], [into.length]));
  try {
    into.set(await part.data<'float32'>());
  } finally {
    part.dispose();
  }
}
