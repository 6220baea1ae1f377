import { AnyformerError, type Batch, type GenerativeModality, initializers, linearUnembedder, tf } from '@anyformer/core';
import { embedding } from '@anyformer/engine';

/** Symbols as ids [b, l], with what is real. */
export interface SymbolBatch extends Batch {
  readonly ids: tf.Tensor2D;
  readonly real: tf.Tensor2D;
}

const padId = 0;
const startId = 1;
const endId = 2;
/** Ids 0, 1, 2 are padding, start and end; symbols follow. */
const offset = 3;

/**
 * Sequences of the symbols 0 … count - 1: the smallest modality that can also be written. It stands in for real data in toy tasks and
 * tests, and shows a whole modality on one page.
 */
export const symbols = ({
  id,
  count,
}: {
  readonly id: string;
  readonly count: number;
}): GenerativeModality<number[], Int32Array, SymbolBatch> => {
  const size = count + offset;
  const stack = (rows: readonly (readonly number[])[]): SymbolBatch => {
    const l = Math.max(...rows.map((row) => row.length));
    const ids = new Int32Array(rows.length * l).fill(padId);
    const real = new Uint8Array(rows.length * l);
    rows.forEach((row, i) => {
      ids.set(row, i * l);
      real.fill(1, i * l, i * l + row.length);
    });
    return { ids: tf.tensor2d(ids, [rows.length, l], 'int32'), real: tf.tensor2d(real, [rows.length, l], 'bool') };
  };
  return {
    id,
    codec: {
      encode(raw) {
        const odd = raw.find((symbol) => !Number.isInteger(symbol) || symbol < 0 || symbol >= count);
        if (odd === undefined) return Int32Array.from(raw, (symbol) => symbol + offset);
        throw new AnyformerError({
          code: 'symbols/unknown',
          who: `Modality '${id}'`,
          given: `symbol ${odd}`,
          accepted: `0 … ${count - 1}`,
          exit: 2,
        });
      },
      files: () => ({}),
    },
    positions: (example) => example.length + 1,
    collate: (examples) => stack(examples.map((example) => [...example, endId])),
    embedder(scope) {
      const table = scope.parameter('table', [size, scope.width], initializers.normal(scope.width ** -0.5)) as tf.Tensor2D;
      return ({ ids, real }, pass) => {
        const [b, l] = ids.shape;
        const places = tf.reshape(tf.range(pass.offset, pass.offset + l), [1, l, 1]); // [1, l, k]
        return {
          embeddings: embedding(table, ids, Math.sqrt(scope.width)) as tf.Tensor3D, // [b, l, w]
          mask: real,
          positions: tf.tile(places, [b, 1, 1]) as tf.Tensor3D, // [b, l, k]
        };
      };
    },
    generation: { startId, endId, size, never: [padId, startId] },
    shift(examples) {
      const next = stack(examples.map((example) => [...example, endId]));
      return {
        previous: stack(examples.map((example) => [startId, ...example])),
        next: tf.tidy(() => tf.where(next.real, next.ids, tf.fill(next.ids.shape, -1, 'int32'))) as tf.Tensor2D,
      };
    },
    step: (ids) => stack(Array.from(ids, (one) => [one])),
    unembedder(scope) {
      const table = scope.parameter('table', [size, scope.width], initializers.normal(scope.width ** -0.5)) as tf.Tensor2D;
      return linearUnembedder(table);
    },
    render: (ids) => ids.filter((one) => one >= offset).map((one) => one - offset),
    labels: (ids) => ids.map((one) => (one >= offset ? String(one - offset) : (['·', '⟨', '⟩'][one] ?? '?'))),
  };
};
