import type * as tf from '../tf.js';
import { areFloats, type Replacement, sizeOf } from './kernel.js';

/** Rows of a float32 table by int32 ids. */
export const gather: Replacement = ({ inputs, attrs, backend }) => {
  const { x, indices } = inputs as { x: tf.TensorInfo; indices: tf.TensorInfo };
  if (!areFloats(x) || indices.dtype !== 'int32' || attrs.axis !== 0 || attrs.batchDims) return undefined;
  const width = sizeOf(x.shape, 1);
  const out = backend.info([...indices.shape, ...x.shape.slice(1)]);
  const n = sizeOf(indices.shape);
  const outside = backend.call.gather_rows(n, x.shape[0]!, width, 1, backend.address(x), backend.address(indices), backend.address(out));
  if (outside < 0) return out;
  backend.disposeData(out.dataId);
  return undefined; // the stock kernel knows the words for it
};

/** The gradient of a gather: rows added where their ids say. */
export const unsortedSegmentSum: Replacement = ({ inputs, attrs, backend }) => {
  const { x, segmentIds } = inputs as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
  if (!areFloats(x) || segmentIds.dtype !== 'int32' || segmentIds.shape.length !== 1) return undefined;
  const rows = attrs.numSegments as number;
  const shape = [rows, ...x.shape.slice(1)];
  const out = backend.info(shape);
  const to = backend.address(out);
  backend.call.fill(sizeOf(shape), 0, to);
  const n = segmentIds.shape[0]!;
  const outside = backend.call.scatter_add_rows(n, rows, sizeOf(x.shape, 1), 1, backend.address(x), backend.address(segmentIds), to);
  if (outside < 0) return out;
  backend.disposeData(out.dataId);
  return undefined;
};

/** A float32 tensor of one value. */
export const fill: Replacement = ({ attrs, backend }) => {
  if ((attrs.dtype ?? 'float32') !== 'float32' || typeof attrs.value !== 'number') return undefined;
  const shape = attrs.shape as number[];
  const out = backend.info(shape);
  backend.call.fill(sizeOf(shape), attrs.value, backend.address(out));
  return out;
};

/** Zeros or ones in the shape of a float32 tensor. */
export function filledLike(value: number): Replacement {
  return ({ inputs, backend }) => {
    const x = inputs.x!;
    if (!areFloats(x)) return undefined;
    const out = backend.info(x.shape);
    backend.call.fill(sizeOf(x.shape), value, backend.address(out));
    return out;
  };
}
