// tfjs saves the whole input of a reshape for its gradient, of which only the shape is used: the logits of a step would be held, and could
// not give their place to their gradient. Here the kernel notes the shape in its attributes, and nothing is saved.
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';

const kernels = { Reshape: 'x', ExpandDims: 'input' } as const;

/** Makes a backend's reshapes note the shape they came from. To be called for every backend before it is used. */
export function noteShapes(backendName: string): void {
  for (const [kernelName, input] of Object.entries(kernels)) {
    const stock = tf.getKernel(kernelName, backendName);
    if (!stock) continue;
    tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({
      ...stock,
      kernelFunc: (call) => {
        if (call.attrs) call.attrs.from = call.inputs[input]!.shape;
        return stock.kernelFunc(call);
      },
    });
  }
}

/** Registers the gradients that ask for no more than the shape; once more after anything that registers tfjs's own. */
export function registerReshapes(): void {
  for (const [kernelName, input] of Object.entries(kernels)) {
    tf.unregisterGradient(kernelName);
    tf.registerGradient({
      kernelName,
      gradFunc: (dy, _, attrs) => ({ [input]: () => tf.reshape(dy as tf.Tensor, attrs.from as number[]) }),
    });
  }
}

registerReshapes();
noteShapes('cpu');
