// What the plain JavaScript backend makes of nothing but empty tensors holds an array of no type, which the next kernel cannot read.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from './kernel.js';

const stock = tf.getKernel('Concat', 'cpu');
tf.unregisterKernel('Concat', 'cpu');
tf.registerKernel({
  ...stock,
  kernelFunc: (call) => {
    const parts = call.inputs as unknown as tf.TensorInfo[];
    if (parts.some(({ shape }) => sizeOf(shape) > 0)) return stock.kernelFunc(call);
    const axis = tf.util.parseAxisParam((call.attrs as unknown as { axis: number }).axis, parts[0]!.shape)[0]!;
    const shape = parts[0]!.shape.with(
      axis,
      parts.reduce((sum, part) => sum + part.shape[axis]!, 0),
    );
    const values = tf.util.getTypedArrayFromDType(parts[0]!.dtype as 'float32', 0);
    const backend = call.backend as unknown as { makeTensorInfo(shape: number[], dtype: tf.DataType, values: unknown): tf.TensorInfo };
    return backend.makeTensorInfo(shape, parts[0]!.dtype, values);
  },
});
