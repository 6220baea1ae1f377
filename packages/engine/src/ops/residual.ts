import { kernelBackend } from '../backend/kernel-backend.js';
import { record, recording } from '../tape/record.js';
import * as tf from '../tf.js';
import { shapeError } from './shape-error.js';

/** The residual connection: the sum of two tensors of the same shape. `x` [...], `y` [...] -> [...]. Throws `residual/shape`. */
export function residual<T extends tf.Tensor>(x: T, y: T): T {
  if (!tf.util.arraysEqual(x.shape, y.shape)) throw shapeError('residual', { x, y }, 'two tensors of one shape');
  const backend = kernelBackend('residual');
  if (!backend) return tf.add(x, y);
  const sum = backend.tensor(x.shape);
  backend.call.binary(0, x.size, backend.floats(x), backend.floats(y), backend.floats(sum));
  if (recording())
    record(backend, {
      name: 'Residual',
      inputs: { x, y },
      output: sum,
      save: [],
      gradient: (dy) => ({ x: () => backend.alias(dy), y: () => backend.alias(dy) }),
    });
  return sum as T;
}
