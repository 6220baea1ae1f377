import type { KernelBackend } from '../backend/kernel-backend.js';
import { outOfMemory } from '../backend/out-of-memory.js';
import { tooLarge } from '../backend/tensor-error.js';
import * as tf from '../tf.js';
import { addN, binary, binaryOperations, cast, relu, select, unary, unaryOperations } from './arithmetic.js';
import { conv2D, conv2DBackpropFilter, conv2DBackpropInput } from './convolution.js';
import { fill, filledLike, gather, unsortedSegmentSum } from './gather.js';
import { type KernelCall, type Replacement, sizeOf } from './kernel.js';
import { batchMatMul } from './matmul.js';
import { concat, pack, pad, slice, split, tile, transpose } from './movement.js';
import { argMax, logSoftmax, max, mean, softmax, sum, topK } from './reductions.js';

/** The stock kernels that have one of ours in their place, by tfjs's names. */
const replacements: Readonly<Record<string, Replacement>> = {
  ...Object.fromEntries(Object.entries(binaryOperations).map(([name, operation]) => [name, binary(operation)])),
  ...Object.fromEntries(Object.entries(unaryOperations).map(([name, operation]) => [name, unary(operation)])),
  AddN: addN,
  ArgMax: argMax,
  BatchMatMul: batchMatMul,
  Cast: cast,
  Concat: concat,
  Conv2D: conv2D,
  Conv2DBackpropFilter: conv2DBackpropFilter,
  Conv2DBackpropInput: conv2DBackpropInput,
  Fill: fill,
  GatherV2: gather,
  LogSoftmax: logSoftmax,
  Max: max,
  Mean: mean,
  OnesLike: filledLike(1),
  Pack: pack,
  PadV2: pad,
  Relu: relu,
  Select: select,
  Slice: slice,
  Softmax: softmax,
  SplitV: split,
  Sum: sum,
  Tile: tile,
  TopK: topK,
  Transpose: transpose,
  UnsortedSegmentSum: unsortedSegmentSum,
  ZerosLike: filledLike(0),
};

/** Stock kernels that only give data another name. */
const computesNothing = new Set(['Identity', 'Reshape']);

/** The shape of what a stock kernel makes, where it may be far larger than what it is given. */
function resultShape(kernelName: string, { inputs, attrs }: Parameters<tf.KernelFunc>[0]): number[] | undefined {
  const { a, b, indices } = inputs;
  if (kernelName === 'OneHot') return [...indices!.shape, (attrs as unknown as { depth: number }).depth];
  if (!a || !b || kernelName.includes('MatMul')) return undefined;
  return tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
}

const shapesOf = (inputs: tf.NamedTensorInfoMap): string =>
  Object.values(inputs)
    .map((x) => `[${x?.shape}]`)
    .join(', ');

/**
 * Gives a backend every stock kernel, and ours in place of those that matter. Ours covers the cases that occur in Transformers (float32,
 * up to so many axes); any other case falls through to the stock kernel, which works on the same memory.
 */
export function registerKernels(backendName: string): void {
  for (const stock of tf.getKernelsForBackend('cpu')) {
    const replacement = replacements[stock.kernelName];
    const inJavaScript: tf.KernelFunc = (call) => {
      const backend = call.backend as KernelBackend;
      if (!computesNothing.has(stock.kernelName)) {
        backend.recording?.refuse(`${stock.kernelName} has no kernel here`);
        backend.readyForJavaScript(Object.values(call.inputs));
        const shape = resultShape(stock.kernelName, call);
        if (shape && sizeOf(shape) >= 2 ** 31) throw tooLarge(stock.kernelName, shape);
      }
      try {
        return stock.kernelFunc(call);
      } catch (error) {
        // The words of a runtime that has no room for a typed array.
        if (error instanceof RangeError) throw outOfMemory(stock.kernelName, `the result of ${shapesOf(call.inputs)}`, error);
        throw error;
      }
    };
    const kernelFunc: tf.KernelFunc = (call) => {
      (call.backend as KernelBackend).pool.asking = stock.kernelName;
      return replacement?.(call as unknown as KernelCall) ?? inJavaScript(call);
    };
    tf.registerKernel({ ...stock, backendName, kernelFunc });
  }
}
