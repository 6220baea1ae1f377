import { type Batch, type Embedder, initializers, linearUnembedder, type Scope, tf, type Unembedder } from '@anyformer/core';
import { embedding } from '@anyformer/engine';

/** Texts as ids, padded to the longest one. */
export interface TextBatch extends Batch {
  /** [b, l] int32 */
  readonly ids: tf.Tensor2D;
  /** [b, l] bool */
  readonly real: tf.Tensor2D;
}

/** One row per id [v, w]. Normal with 1 / sqrt(w): times sqrt(w) it has the size of the sinusoids, and tied logits begin small. */
const tableOf = (scope: Scope, size: number): tf.Tensor2D =>
  scope.parameter('table', [size, scope.width], initializers.normal(scope.width ** -0.5)) as unknown as tf.Tensor2D;

/** Looks ids up. The factor sqrt(w) is the Transformer's (`embeddingScale`), so that every modality may do without. */
export const textEmbedder =
  (size: number) =>
  (scope: Scope): Embedder<TextBatch> => {
    const table = tableOf(scope, size);
    return ({ ids, real }, { offset }) => {
      const l = ids.shape[1];
      return {
        embeddings: embedding(table, ids) as tf.Tensor3D, // [b, l, w]
        mask: real, // [b, l]
        positions: tf.tensor3d(
          Float32Array.from({ length: l }, (_, i) => offset + i),
          [1, l, 1],
        ), // [1, l, k]
      };
    };
  };

/** Hidden states to logits. `tied`: by the embedder's table (Press and Wolf 2017); else by rows, and a bias, of its own. */
export const textUnembedder =
  (size: number, { tied, bias }: { readonly tied: boolean; readonly bias: boolean }) =>
  (scope: Scope): Unembedder => {
    const rows = tied ? tableOf(scope, size) : scope.parameter('output/weight', [size, scope.width], initializers.xavierUniform());
    const shift = bias ? (scope.parameter('output/bias', [size], initializers.zeros()) as unknown as tf.Tensor1D) : undefined;
    return linearUnembedder(rows, shift);
  };
