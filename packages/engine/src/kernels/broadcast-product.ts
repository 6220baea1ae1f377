// The plain JavaScript backend takes matrix `i % size` of a batch that is broadcast: right where the other batch is its tail or one matrix,
// wrong for [3, 1] times [1, 2] or [2, 1] times [2, 3]. Both batches are written out before it sees them.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from './kernel.js';

interface PlainBackend {
  data: { get(id: object): { values: ArrayLike<number> } };
  makeTensorInfo(shape: number[], dtype: tf.DataType, values: unknown): tf.TensorInfo;
  disposeIntermediateTensorInfo(info: tf.TensorInfo): void;
}

/** For each place of a broadcast batch, the place that it comes from. */
export function sourcesOf(batch: readonly number[], from: readonly number[]): number[] {
  const missing = batch.length - from.length;
  let places = [0];
  for (const [i, size] of batch.entries()) {
    const own = i < missing ? 1 : from[i - missing]!;
    places = places.flatMap((place) => Array.from({ length: size }, (_, j) => place * own + (own === 1 ? 0 : j)));
  }
  return places;
}

function spread(backend: PlainBackend, x: tf.TensorInfo, batch: number[]): tf.TensorInfo {
  const block = sizeOf(x.shape, x.shape.length - 2);
  const values = backend.data.get(x.dataId).values as Float32Array;
  const places = sourcesOf(batch, x.shape.slice(0, -2));
  const written = new (x.dtype === 'float32' ? Float32Array : Int32Array)(places.length * block);
  for (const [i, place] of places.entries()) written.set(values.subarray(place * block, (place + 1) * block), i * block);
  return backend.makeTensorInfo([...batch, ...x.shape.slice(-2)], x.dtype, written);
}

for (const kernelName of ['BatchMatMul', '_FusedMatMul']) {
  const stock = tf.getKernel(kernelName, 'cpu');
  tf.unregisterKernel(kernelName, 'cpu');
  tf.registerKernel({
    ...stock,
    kernelFunc: (call) => {
      const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
      const [ofA, ofB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
      if (sizeOf(ofA) === 1 || sizeOf(ofB) === 1 || tf.util.arraysEqual(ofA, ofB)) return stock.kernelFunc(call);
      const backend = call.backend as unknown as PlainBackend;
      const batch = tf.backend_util.assertAndGetBroadcastShape(ofA, ofB);
      const whole = [spread(backend, a, batch), spread(backend, b, batch)] as const;
      const product = stock.kernelFunc({ ...call, inputs: { ...call.inputs, a: whole[0], b: whole[1] } });
      for (const info of whole) backend.disposeIntermediateTensorInfo(info);
      return product;
    },
  });
}
