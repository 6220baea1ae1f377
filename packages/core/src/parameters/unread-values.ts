import { readValues, type tf } from '@anyformer/engine';
import type { Shape } from '../contract/sequence.js';
import type { ParameterValues } from './store.js';

/** Numbers that are still where they are, in a tensor: they may be more than the host has room for. */
export interface UnreadValues {
  readonly shape: Shape;
  /** Copies the numbers as they are now: those from `from` on, row by row, as many as `into` holds. */
  read(from: number, into: Float32Array): Promise<void>;
}

/** Tensors by path, to be read. */
export const unread = (tensors: Iterable<readonly [path: string, tensor: tf.Tensor]>): Map<string, UnreadValues> =>
  new Map(
    Array.from(tensors, ([path, tensor]) => [
      path,
      { shape: [...tensor.shape], read: (from: number, into: Float32Array) => readValues(tensor, from, into) },
    ]),
  );

/** A copy of all the numbers on the host. */
export const copied = async (tensors: ReadonlyMap<string, UnreadValues>): Promise<Map<string, ParameterValues>> => {
  const copies = new Map<string, ParameterValues>();
  for (const [path, { shape, read }] of tensors) {
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
    if (values.length > 0) await read(0, values);
    copies.set(path, { shape, values });
  }
  return copies;
};
