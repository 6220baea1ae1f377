import type { KernelBackend } from '../backend/kernel-backend.js';
import * as tf from '../tf.js';
import { areFloats, type Replacement } from './kernel.js';
import { requireShapeOfOutput, withPaddings } from './numeric-padding.js';

/** Floats of windows that are written out at a time: what a core keeps near. By shape alone, so that sums have one order. */
const windowsAtOnce = 1 << 18;

type Strides = [number, number] | number;

/** A convolution of channels-last data; undefined where the stock kernel has to do it. */
function describe(x: number[], filter: number[], attrs: Record<string, unknown>): tf.backend_util.Conv2DInfo | undefined {
  if (attrs.dataFormat !== 'NHWC') return undefined;
  const {
    strides,
    dilations = 1,
    pad,
    dimRoundingMode,
  } = withPaddings(attrs) as {
    strides: Strides;
    dilations?: Strides;
    pad: 'same';
    dimRoundingMode?: 'floor';
  };
  return tf.backend_util.computeConv2DInfo(x as Four, filter as Four, strides, dilations, pad, dimRoundingMode);
}

type Four = [number, number, number, number];

/** The numbers by which the kernels know the windows of a convolution. */
const windowNumbers = (info: tf.backend_util.Conv2DInfo): number[] => [
  ...[info.inHeight, info.inWidth, info.inChannels, info.filterHeight, info.filterWidth, info.outHeight, info.outWidth],
  ...[info.strideHeight, info.strideWidth, info.dilationHeight, info.dilationWidth, info.padInfo.top, info.padInfo.left],
];

/** Whether every window is one position, all of them in order: then x is its own rows. */
const isPointwise = (info: tf.backend_util.Conv2DInfo): boolean =>
  info.filterHeight === 1 &&
  info.filterWidth === 1 &&
  info.strideHeight === 1 &&
  info.strideWidth === 1 &&
  info.inHeight === info.outHeight &&
  info.inWidth === info.outWidth &&
  info.padInfo.top === 0 &&
  info.padInfo.left === 0;

/** Calls `f` for one block of windows after another: the first, how many, and where their rows [n, depth] may be written. */
function inBlocks(backend: KernelBackend, info: tf.backend_util.Conv2DInfo, f: (first: number, n: number, rows: number) => void): void {
  const all = info.batchSize * info.outHeight * info.outWidth;
  const depth = info.filterHeight * info.filterWidth * info.inChannels;
  if (all === 0) return;
  if (isPointwise(info)) {
    f(0, all, 0);
    return;
  }
  const most = Math.min(all, Math.max(64, Math.floor(windowsAtOnce / Math.max(depth, 1))));
  const rows = backend.info([most, depth]);
  for (let first = 0; first < all; first += most) f(first, Math.min(most, all - first), backend.address(rows));
  backend.disposeData(rows.dataId);
}

/** Conv2D: rows of windows times the filter as it lies, [kernel height * kernel width * channels, outputs]. */
export const conv2D: Replacement = ({ inputs, attrs, backend }) => {
  const { x, filter } = inputs as { x: tf.TensorInfo; filter: tf.TensorInfo };
  const info = areFloats(x, filter) ? describe(x.shape, filter.shape, attrs) : undefined;
  if (!info) return undefined;
  const out = backend.info(info.outShape);
  const { call } = backend;
  const [from, weight, to] = [backend.address(x), backend.address(filter), backend.address(out)];
  const depth = info.filterHeight * info.filterWidth * info.inChannels;
  const numbers = windowNumbers(info);
  inBlocks(backend, info, (first, n, rows) => {
    if (rows) call.gather_windows(first, n, ...numbers, from, rows);
    call.matmul(0, 0, n, info.outChannels, depth, rows || from, weight, to + 4 * first * info.outChannels, 0, 0, 0);
  });
  return out;
};

/** The gradient of what went in: rows of gradients, added back where their windows lay. */
export const conv2DBackpropInput: Replacement = ({ inputs, attrs, backend }) => {
  const { dy, filter } = inputs as { dy: tf.TensorInfo; filter: tf.TensorInfo };
  const info = areFloats(dy, filter) ? describe(attrs.inputShape as number[], filter.shape, attrs) : undefined;
  if (!info) return undefined;
  requireShapeOfOutput(dy.shape, info.outShape);
  const dx = backend.info(info.inShape);
  const { call } = backend;
  const [from, weight, to] = [backend.address(dy), backend.address(filter), backend.address(dx)];
  const depth = info.filterHeight * info.filterWidth * info.inChannels;
  const numbers = windowNumbers(info);
  if (!isPointwise(info)) call.fill(tf.util.sizeFromShape(info.inShape), 0, to);
  inBlocks(backend, info, (first, n, rows) => {
    call.matmul(0, 1, n, depth, info.outChannels, from + 4 * first * info.outChannels, weight, rows || to, 0, 0, 0);
    if (rows) call.scatter_add_windows(first, n, ...numbers, rows, to);
  });
  return dx;
};

/** The gradient of the filter: windows transposed times gradients, block added to block. */
export const conv2DBackpropFilter: Replacement = ({ inputs, attrs, backend }) => {
  const { x, dy } = inputs as { x: tf.TensorInfo; dy: tf.TensorInfo };
  const info = areFloats(x, dy) ? describe(x.shape, attrs.filterShape as number[], attrs) : undefined;
  if (!info) return undefined;
  requireShapeOfOutput(dy.shape, info.outShape);
  const dfilter = backend.info(info.filterShape);
  const { call } = backend;
  const [from, slopes, to] = [backend.address(x), backend.address(dy), backend.address(dfilter)];
  const depth = info.filterHeight * info.filterWidth * info.inChannels;
  const numbers = windowNumbers(info);
  if (tf.util.sizeFromShape(info.outShape) === 0) call.fill(depth * info.outChannels, 0, to);
  inBlocks(backend, info, (first, n, rows) => {
    if (rows) call.gather_windows(first, n, ...numbers, from, rows);
    const at = slopes + 4 * first * info.outChannels;
    call.matmul(1, 0, depth, info.outChannels, n, rows || from, at, to, 0, 0, first > 0 ? to : 0);
  });
  return dfilter;
};
