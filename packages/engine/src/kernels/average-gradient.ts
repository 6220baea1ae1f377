// At the edge an average pools the positions that are there; the plain JavaScript backend divides the gradient by the whole window all the same.
// So the gradient is multiplied by whole windows over what was there before it goes in.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { withPaddings } from './numeric-padding.js';

interface PlainBackend {
  data: { get(id: object): { values: Float32Array } };
  makeTensorInfo(shape: number[], dtype: tf.DataType, values: Float32Array): tf.TensorInfo;
  disposeIntermediateTensorInfo(info: tf.TensorInfo): void;
}

type Four = [number, number, number, number];

/** For each window along an axis, how many of its positions are there. */
const present = (windows: number, stride: number, window: number, before: number, size: number): number[] =>
  Array.from({ length: windows }, (_, i) => {
    const first = i * stride - before;
    return Math.min(first + window, size) - Math.max(first, 0);
  });

const stock = tf.getKernel('AvgPoolGrad', 'cpu');
tf.unregisterKernel('AvgPoolGrad', 'cpu');
tf.registerKernel({
  ...stock,
  kernelFunc: (call) => {
    const { dy, input } = call.inputs as { dy: tf.TensorInfo; input: tf.TensorInfo };
    const attrs = withPaddings(call.attrs ?? {}) as { filterSize: [number, number]; strides: [number, number]; pad: 'same' };
    const backend = call.backend as unknown as PlainBackend;
    const info = tf.backend_util.computePool2DInfo(input.shape as Four, attrs.filterSize, attrs.strides, 1, attrs.pad);
    const { filterHeight, filterWidth, padInfo, outHeight, outWidth, outChannels } = info;
    const rows = present(outHeight, info.strideHeight, filterHeight, padInfo.top, info.inHeight);
    const columns = present(outWidth, info.strideWidth, filterWidth, padInfo.left, info.inWidth);
    const whole = backend.data.get(dy.dataId).values.map((value, i) => {
      const place = Math.floor(i / outChannels);
      return (value * filterHeight * filterWidth) / (rows[Math.floor(place / outWidth) % outHeight]! * columns[place % outWidth]!);
    });
    const scaled = backend.makeTensorInfo(dy.shape, 'float32', whole);
    const gradient = stock.kernelFunc({ ...call, inputs: { dy: scaled, input }, attrs: attrs as unknown as tf.NamedAttrMap });
    backend.disposeIntermediateTensorInfo(scaled);
    return gradient;
  },
});
