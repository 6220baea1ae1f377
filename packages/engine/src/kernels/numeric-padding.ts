// A padding given as one number: tfjs takes the height of the filter and its stride for the width too, and forgets on the way back how sizes were
// rounded. So the number is written out for every side, and a gradient of another size than the convolution has by itself is refused.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { AnyformerError } from '../error.js';

type Attributes = Readonly<Record<string, unknown>>;

/** The attributes of a convolution or pooling with the padding of each side, where it was one number. */
export const withPaddings = (attrs: Attributes): Attributes => {
  const { pad, dataFormat = 'NHWC' } = attrs;
  if (typeof pad !== 'number' || dataFormat !== 'NHWC') return attrs;
  return { ...attrs, pad: [[0, 0], [pad, pad], [pad, pad], [0, 0]] }; // biome-ignore format: a table of sides
};

/** Fails unless the gradient that comes back is as large as what the convolution is taken to have made. */
export function requireShapeOfOutput(dy: readonly number[], made: readonly number[]): void {
  if (tf.util.arraysEqual(dy as number[], made as number[])) return;
  throw new AnyformerError({
    code: 'convolution/rounded',
    who: 'the gradient of a convolution',
    given: `[${dy}] where [${made}] was made`,
    accepted: 'sizes that dimRoundingMode does not change',
    fix: 'Pad, so that windows fill the whole.',
  });
}

type Four = [number, number, number, number];

const windowed = ['Conv2D', 'DepthwiseConv2dNative', 'FusedConv2D', 'FusedDepthwiseConv2D', 'MaxPool', 'AvgPool'];
const backward = ['MaxPoolGrad', 'DepthwiseConv2dNativeBackpropInput', 'DepthwiseConv2dNativeBackpropFilter'];
const products = ['Conv2DBackpropInput', 'Conv2DBackpropFilter'];

for (const kernelName of [...windowed, ...backward, ...products]) {
  const stock = tf.getKernel(kernelName, 'cpu');
  tf.unregisterKernel(kernelName, 'cpu');
  tf.registerKernel({
    ...stock,
    kernelFunc: (call) => {
      const attrs = withPaddings(call.attrs ?? {});
      const { x, dy, filter } = call.inputs;
      if (products.includes(kernelName) && attrs.dataFormat === 'NHWC') {
        const [whole, window] = [attrs.inputShape ?? x!.shape, attrs.filterShape ?? filter!.shape] as [Four, Four];
        const info = tf.backend_util.computeConv2DInfo(whole, window, attrs.strides as number, 1, attrs.pad as 'same');
        requireShapeOfOutput(dy!.shape, info.outShape);
      }
      return stock.kernelFunc({ ...call, attrs: attrs as unknown as tf.NamedAttrMap });
    },
  });
}
