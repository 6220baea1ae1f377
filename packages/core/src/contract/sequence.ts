import type { tf } from '@anyformer/engine';

/**
 * Shape letters, used in every package:
 * `b` batch · `l` length · `s` source length · `t` target length · `w` model width · `h` heads · `d` head width ·
 * `k` coordinates per position · `v` vocabulary · `n` rows, when `b` and `l` are flattened.
 */
export type Shape = readonly number[];

/** Tensors by name: what a modality's `collate` makes of a list of examples. */
export type Batch = Readonly<Record<string, tf.Tensor>>;

/**
 * What a modality hands the shared Transformer. Content only: the core adds positions. A type, not an interface: `tf.tidy` returns only
 * what it can look through.
 */
export type Sequence = {
  /** [b, l, w] */
  readonly embeddings: tf.Tensor3D;
  /** [b, l] bool, true where the position is real. Never inferred from the values. */
  readonly mask: tf.Tensor2D;
  /**
   * [b, l, k] or [1, l, k] float32 coordinates: one for a line, two for a grid, the depth in a DAG. They count from the beginning of what
   * is written: in step-wise decoding the embedder adds `pass.offset`. Host data just written; schemes read them at once.
   */
  readonly positions: tf.Tensor3D;
  /** [1 | b, 1 | h, l, l], added to the attention logits: edges, distances. */
  readonly bias?: tf.Tensor4D;
};

/** Facts about this forward pass. Passed, never global. */
export interface Pass {
  readonly training: boolean;
  /** Seed of this pass (unsigned 32 bit): each dropout derives its own from it and its layer's path. */
  readonly seed: number;
  /** Index of the first position: above 0 when decoding goes on from a cache. */
  readonly offset: number;
  /** Where given, layers hand over what they computed: attention maps, residual streams. The value is made only if asked for. */
  readonly record?: Recorder;
}

/** Receives intermediates by path, e.g. `encoder/block0/attention` [b, h, l, l]. */
export type Recorder = (path: string, value: () => tf.Tensor) => void;

/** The pass of evaluation and decoding: no dropout, nothing recorded. */
export const inference: Pass = { training: false, seed: 0, offset: 0 };
