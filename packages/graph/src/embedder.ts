import { type Batch, type Embedder, initializers, type Scope, tf } from '@anyformer/core';
import { linear } from '@anyformer/engine';

/** Graphs padded to the largest one. */
export interface DagBatch extends Batch {
  /** [b, l, features] */
  readonly features: tf.Tensor3D;
  /** [b, l] bool */
  readonly real: tf.Tensor2D;
  /** [b, l, 1] */
  readonly depth: tf.Tensor3D;
  /** [b, l, l] float32, 1 where the row's node feeds the column's. */
  readonly feeds: tf.Tensor3D;
}

/**
 * Nodes are positions, edges a learned bias on the attention logits, one number per direction (after Graphormer, Ying et al. 2021, section
 * 3.1.2, with the adjacency in place of the distance). The coordinate is the node's depth.
 */
export const nodeEmbedder =
  (features: number) =>
  (scope: Scope): Embedder<DagBatch> => {
    const weight = scope.parameter('node/weight', [features, scope.width], initializers.xavierUniform()) as tf.Tensor2D;
    const bias = scope.parameter('node/bias', [scope.width], initializers.zeros()) as tf.Tensor1D;
    const feeds = scope.parameter('edge/feeds', [1], initializers.zeros());
    const fed = scope.parameter('edge/fed', [1], initializers.zeros());
    return (batch) => ({
      embeddings: linear(batch.features, weight, { bias }) as tf.Tensor3D, // [b, l, w]
      mask: batch.real, // [b, l]
      positions: batch.depth, // [b, l, k]
      bias: tf.expandDims(tf.add(tf.mul(batch.feeds, feeds), tf.mul(tf.transpose(batch.feeds, [0, 2, 1]), fed)), 1) as tf.Tensor4D, // [b, 1, l, l]
    });
  };
