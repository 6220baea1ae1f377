import { type KeptReplays, logSums, StepReplay, tf } from '@anyformer/engine';
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
  /** Of earlier generations with the same decoder, embedder and unembedder. */
  readonly replays: KeptReplays;
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
  replays,
}: GenerationStart): Scorer & { dispose(): void } => {
  const forget = (): void => {
    if (memory) tf.dispose([memory.hidden, memory.mask]);
  };
  const kind = `${rows} rows of ${capacity}, memory [${memory?.hidden.shape ?? ''}]`;
  /** For the state as it is at first, where the next generation of the kind finds it again, and for what becomes of it. */
  const [settled, moved] = [replays.take(kind), new StepReplay()];
  const begin = () => {
    try {
      return settled.settled(() => decoder.begin({ rows, capacity, ...(memory && { memory }) }));
    } catch (error) {
      forget();
      throw error;
    }
  };
  const state = begin();
  let settledLayout: string | undefined;
  const compute = (batch: Batch) =>
    tf.tidy(() => {
      const pass = { training: false, seed: 0, offset: state.length };
      const logits = unembed(decoder.step(embed(batch, pass), state, pass)); // [n, 1, v]
      return { logits, sums: logSums(logits) }; // [n, 1, 2]
    });
  /** Of the last step: [n, v] and [n, 2]. */
  let logits: Float32Array;
  let sums: Float32Array;
  const { size } = modality.generation;
  return {
    size,
    // The first number is the largest logit itself.
    best: (row) => logits.subarray(row * size, (row + 1) * size).indexOf(sums[2 * row]!),
    shift: (row) => sums[2 * row]! + sums[2 * row + 1]!,
    async advance(last) {
      const inputs = tf.tidy(() => modality.step(last));
      try {
        const { layout } = state;
        if (layout === undefined || !state.skip) {
          const made = compute(inputs);
          try {
            sums = await made.sums.data<'float32'>();
            logits = await made.logits.data<'float32'>();
            return logits;
          } finally {
            tf.dispose(made);
          }
        }
        settledLayout ??= layout;
        const replay = layout === settledLayout ? settled : moved;
        const { values, computed } = await replay.run({ step: state.length, layout, last: capacity, inputs, compute });
        if (!computed) state.skip();
        sums = values.sums!;
        logits = values.logits!;
        return logits;
      } finally {
        tf.dispose(inputs);
      }
    },
    reorder: (chosen) => state.reorder(chosen),
    dispose() {
      moved.dispose();
      state.dispose();
      replays.giveBack(kind, settled);
      forget();
    },
  };
};
