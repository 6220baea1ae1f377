import type { tf } from '@anyformer/engine';
import type { Scope } from './scope.js';
import type { Batch, Pass, Sequence } from './sequence.js';

/** Host side: one raw example to plain arrays. Pure: no tensors, no parameters; may be cached or run in a worker. */
export interface Codec<Raw, Example> {
  encode(raw: Raw): Example;
  /** What a checkpoint stores so that the codec can be made again, by file name. */
  files(): Readonly<Record<string, string | Uint8Array>>;
}

/**
 * Batch to sequence. Made once per modality, with its parameters. Written as a method's type, whose parameters TypeScript compares both
 * ways: so a modality with a batch type of its own is a `Modality` like any other.
 */
export type Embedder<B extends Batch = Batch> = { embed(batch: B, pass: Pass): Sequence }['embed'];

/** How one kind of data enters the model. Knows no objective: one modality serves many tasks. */
export interface Modality<Raw = any, Example = any, B extends Batch = Batch> {
  /** Names its parameters `modality/<id>/…`. An open set. */
  readonly id: string;
  readonly codec: Codec<Raw, Example>;
  /** How many positions an example takes; batches are bucketed and measured by it. */
  positions(example: Example): number;
  /** Pads and stacks. Called inside a `tidy` that keeps what it returns. */
  collate(examples: readonly Example[]): B;
  /** Creates the parameters and returns the function from batch to sequence. */
  embedder(scope: Scope): Embedder<B>;
}

/** The same data twice: what the decoder reads, and what it should have written. */
export interface Shifted<B extends Batch = Batch> {
  /** Begins with the start id: position t holds what was written before position t. */
  readonly previous: B;
  /** [b, t] int32: what position t should write, negative where nothing counts. */
  readonly next: tf.Tensor2D;
}

/** From hidden states to logits over what can be written: [..., w] -> [..., v]. */
export interface Unembedder {
  (hidden: tf.Tensor): tf.Tensor;
  /** Where the logits are a linear map, what it is made of: their loss is then computed without storing them. See `linearUnembedder`. */
  readonly map?: { readonly rows: tf.Tensor; readonly bias?: tf.Tensor1D | undefined };
}

/** Extra duties of a modality that a decoder can write, one position at a time. */
export interface GenerativeModality<Raw = any, Example = any, B extends Batch = Batch> extends Modality<Raw, Example, B> {
  readonly generation: {
    readonly startId: number;
    readonly endId: number;
    /** `v`: ids are 0 … size - 1. */
    readonly size: number;
    /** Ids that must never be written, such as padding. */
    readonly never: readonly number[];
  };
  /** Examples shifted right, with the start id before and the end id behind. */
  shift(examples: readonly Example[]): Shifted<B>;
  /** One written id per row as a batch of length 1, for step-wise decoding. */
  step(ids: Int32Array): B;
  /** May share the embedder's table (tied) or own a matrix. */
  unembedder(scope: Scope): Unembedder;
  /** Written ids, without start and end, back to a raw value. */
  render(ids: readonly number[]): Raw;
  /** One short label per id, for pictures and n-best lists. */
  labels(ids: readonly number[]): string[];
}

/** Whether a decoder can write this modality. */
export const isGenerative = (modality: Modality): modality is GenerativeModality => 'generation' in modality;
