// The plain JavaScript backend gives NaN for the largest or smallest of nothing, where every other library gives the neutral element.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { axesOf, sizeOf } from './kernel.js';

const neutral = { Max: Number.NEGATIVE_INFINITY, Min: Number.POSITIVE_INFINITY };

for (const [kernelName, value] of Object.entries(neutral)) {
  const stock = tf.getKernel(kernelName, 'cpu');
  tf.unregisterKernel(kernelName, 'cpu');
  tf.registerKernel({
    ...stock,
    kernelFunc: (call) => {
      const x = call.inputs.x!;
      if (x.dtype !== 'float32' || sizeOf(x.shape) > 0) return stock.kernelFunc(call);
      const { axis, reductionIndices, keepDims } = call.attrs as Record<string, unknown>;
      const axes = axesOf(axis ?? reductionIndices, x.shape.length);
      const shape = x.shape.flatMap((size, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [size]));
      const backend = call.backend as unknown as { makeTensorInfo(shape: number[], dtype: string, values: unknown): tf.TensorInfo };
      return backend.makeTensorInfo(shape, 'float32', new Float32Array(sizeOf(shape)).fill(value));
    },
  });
}
