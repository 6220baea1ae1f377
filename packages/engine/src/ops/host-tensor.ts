import { kernelBackend } from '../backend/kernel-backend.js';
import * as tf from '../tf.js';

/**
 * A float32 tensor of values that the host computes from where it stands in a sequence. Where a step is repeated from a recording
 * ({@link StepReplay}), `values(ahead)` makes them for the step that comes so many after the recorded one.
 */
export function hostTensor(shape: number[], values: (ahead: number) => Float32Array): tf.Tensor {
  const backend = kernelBackend('hostTensor');
  const made = backend?.recording ? backend.written(shape, values) : tf.tensor(values(0), shape, 'float32');
  return made;
}
