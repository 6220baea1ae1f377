import { StepReplay, tf } from '@anyformer/engine';
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
  const compute = (batch: Batch): tf.Tensor =>
    tf.tidy(() => {
      const pass = { training: false, seed: 0, offset: state.length };
      return unembed(decoder.step(embed(batch, pass), state, pass)); // [n, 1, v]
    });
  return {
    size: modality.generation.size,
    async advance(last) {
      const inputs = tf.tidy(() => modality.step(last));
      try {
        const { layout } = state;
        if (layout === undefined || !state.skip) {
          const logits = compute(inputs);
          try {
            return await logits.data<'float32'>();
          } finally {
            logits.dispose();
          }
        }
        const { values, computed } = await replay.run({ step: state.length, layout, last: capacity, inputs, compute });
        if (!computed) state.skip();
        return values;
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
