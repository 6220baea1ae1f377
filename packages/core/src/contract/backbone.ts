import type { tf } from '@anyformer/engine';
import type { Pass, Sequence } from './sequence.js';

/** What an encoder leaves for others to attend to. A type, not an interface: `tf.tidy` returns only what it can look through. */
export type Memory = {
  /** [b, s, w] */
  readonly hidden: tf.Tensor3D;
  /** [b, s] bool */
  readonly mask: tf.Tensor2D;
};

/** Reads a sequence at once. */
export interface Encoder {
  (sequence: Sequence, pass: Pass): Memory;
  /** Most positions of a sequence that it can read; any number unless said. */
  readonly limit?: number | undefined;
}

/** What a decoder remembers between steps: caches, recurrent states. Decoding moves its rows and knows nothing else about it. */
export interface DecoderState {
  /** Positions written so far. */
  readonly length: number;
  /** Rows after this call are the given rows from before it; they may repeat or be missing. */
  reorder(rows: Int32Array): void;
  dispose(): void;
  /**
   * Where a step may be repeated from a recording of earlier ones: a name for the shapes and places of what the state holds, another one
   * after they changed; undefined where the next step is not like the last.
   */
  readonly layout?: string | undefined;
  /** Counts a step in that was repeated: everything but the tensors is as after `Decoder.step`. */
  skip?(): void;
}

/** What decoding begins with. */
export interface DecoderStart {
  /**
   * Rows of the batch to begin with; with a memory, its batch size. For beams begin with one row per example and repeat rows by `reorder`:
   * rows of one example then share what was computed of their memory, and moving them about among themselves copies nothing of it.
   */
  readonly rows: number;
  /** Most positions that will be written. */
  readonly capacity: number;
  readonly memory?: Memory;
}

/** Writes position by position; in training all positions at once. */
export interface Decoder {
  /** Most positions that it can write, the end included; any number unless said. */
  readonly limit?: number | undefined;
  /** All positions at once, each seeing only earlier ones: [b, t, w]. */
  forward(sequence: Sequence, pass: Pass, memory?: Memory): tf.Tensor3D;
  /** An empty state. The caller disposes it. */
  begin(start: DecoderStart): DecoderState;
  /** One position per row, [b, 1, w], in time independent of what was recomputed before; advances the state. */
  step(sequence: Sequence, state: DecoderState, pass: Pass): tf.Tensor3D;
}

/** The shared body. Usually a Transformer; a recurrent network fits the same seat. */
export interface Backbone {
  readonly width: number;
  readonly encoder?: Encoder;
  readonly decoder?: Decoder;
}
