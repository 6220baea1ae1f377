import { tf } from '@anyformer/engine';
import type { Decoder, DecoderStart } from '../contract/backbone.js';
import type { Embedder, GenerativeModality, Unembedder } from '../contract/modality.js';
import type { Scorer } from '../decode/scorer.js';

/** A decoder, its embedder and its unembedder as a scorer: one position per row and call, on the state's caches. */
export const generationScorer = (
  decoder: Decoder,
  modality: GenerativeModality,
  embed: Embedder,
  unembed: Unembedder,
  start: DecoderStart,
): Scorer & { dispose(): void } => {
  const state = decoder.begin(start);
  return {
    size: modality.generation.size,
    async advance(last) {
      const logits = tf.tidy(() => {
        const pass = { training: false, seed: 0, offset: state.length };
        const hidden = decoder.step(embed(modality.step(last), pass), state, pass); // [n, 1, w]
        return unembed(hidden); // [n, 1, v]
      });
      const values = await logits.data<'float32'>();
      logits.dispose();
      return values;
    },
    reorder: (rows) => state.reorder(rows),
    dispose: () => state.dispose(),
  };
};
