import { logSums, StepReplay, tf } from '@anyformer/engine';
import type { Decoder, Memory } from '../contract/backbone.js';
import type { Embedder, GenerativeModality, Unembedder } from '../contract/modality.js';
import type { Batch } from '../contract/sequence.js';
import type { Scorer } from '../decode/scorer.js';

/** What a scorer is made of, and how much it is to write. */
export interface GenerationStart {
  readonly decoder: Decoder;
  readonly modality: GenerativeModality;
  readonly embed: Embedder;
  readonly unembed: Unembedder;
  /** Rows to begin with. */
  readonly rows: number;
  /** Most positions that will be written. */
  readonly capacity: number;
  /** Is the scorer's from here on. */
  readonly memory?: Memory | undefined;
}

/** A decoder, its embedder and its unembedder as a scorer: one position per row and call, on the state's caches. The caller disposes it. */
export const generationScorer = ({
  decoder,
  modality,
  embed,
  unembed,
  rows,
  capacity,
  memory,
}: GenerationStart): Scorer & { dispose(): void } => {
  const forget = (): void => {
    if (memory) tf.dispose([memory.hidden, memory.mask]);
  };
  const begin = () => {
    try {
      return decoder.begin({ rows, capacity, ...(memory && { memory }) });
    } catch (error) {
      forget();
      throw error;
    }
  };
  const state = begin();
  const replay = new StepReplay();
  const compute = (batch: Batch) =>
    tf.tidy(() => {
      const pass = { training: false, seed: 0, offset: state.length };
      const logits = unembed(decoder.step(embed(batch, pass), state, pass)); // [n, 1, v]
      return { logits, sums: logSums(logits) }; // [n, 1, 2]
    });
  /** Of the last step: [n, 2]. */
  let sums: Float32Array;
  return {
    size: modality.generation.size,
    shift: (row) => sums[2 * row]! + sums[2 * row + 1]!,
    async advance(last) {
      const inputs = tf.tidy(() => modality.step(last));
      try {
        const { layout } = state;
        if (layout === undefined || !state.skip) {
          const made = compute(inputs);
          try {
            sums = await made.sums.data<'float32'>();
            return await made.logits.data<'float32'>();
          } finally {
            tf.dispose(made);
          }
        }
        const { values, computed } = await replay.run({ step: state.length, layout, last: capacity, inputs, compute });
        if (!computed) state.skip();
        sums = values.sums!;
        return values.logits!;
      } finally {
        tf.dispose(inputs);
      }
    },
    reorder: (chosen) => state.reorder(chosen),
    dispose() {
      replay.dispose();
      state.dispose();
      forget();
    },
  };
};
