// The plain JavaScript backend says that the sign of NaN is 0, which hides a broken run.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

const stock = tf.getKernel('Sign', 'cpu');
tf.unregisterKernel('Sign', 'cpu');
tf.registerKernel({
  ...stock,
  kernelFunc: (call) => {
    const { data } = call.backend as unknown as { data: { get(id: object): { values: Float32Array } } };
    const signs = stock.kernelFunc(call) as tf.TensorInfo;
    const [of, to] = [call.inputs.x!, signs].map(({ dataId }) => data.get(dataId).values) as [Float32Array, Float32Array];
    for (let i = 0; i < of.length; i++) if (Number.isNaN(of[i])) to[i] = Number.NaN;
    return signs;
  },
});
