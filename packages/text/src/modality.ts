import { type GenerativeModality, tf } from '@anyformer/core';
import { checkedCodec, requireIds, type TextExample } from './codec.js';
import type { TextCodec } from './codecs/index.js';
import { type TextBatch, textEmbedder, textUnembedder } from './embedder.js';

/** What {@link text} takes. */
export interface TextOptions {
  /** Names the parameters `modality/<id>/…`. */
  readonly id: string;
  readonly codec: TextCodec;
  /** Most ids of one text; longer ones are an error. 1024 unless said. */
  readonly lengthLimit?: number;
  /** Written by the table it is read by; yes unless said. */
  readonly tied?: boolean;
  /** A bias on the logits; no unless said. */
  readonly outputBias?: boolean;
  /** Whether an encoder reads the end id behind the text; yes unless said. */
  readonly inputEnd?: boolean;
}

/** Texts that can be read and written. The same modality on both sides of a translation has one table for all three uses. */
export const text = (options: TextOptions): GenerativeModality<string, TextExample, TextBatch> => {
  const { id, codec, lengthLimit = 1024, tied = true, outputBias = false, inputEnd = true } = options;
  const { size, specials } = codec;
  const { pad, start, end } = specials;
  const behind = inputEnd ? [end] : [];

  /** Ids [b, l], padded with `filler` to the longest row. */
  const stack = (rows: readonly TextExample[], filler: number): { ids: tf.Tensor2D; lengths: number[]; l: number } => {
    const lengths = rows.map((row) => row.length);
    const l = Math.max(...lengths);
    const ids = new Int32Array(rows.length * l).fill(filler);
    rows.forEach((row, i) => ids.set(row, i * l));
    return { ids: tf.tensor2d(ids, [rows.length, l], 'int32'), lengths, l };
  };
  const batch = (rows: readonly TextExample[]): TextBatch => {
    const { ids, lengths, l } = stack(rows, pad);
    const real = new Uint8Array(rows.length * l);
    lengths.forEach((length, i) => real.fill(1, i * l, i * l + length));
    return { ids, real: tf.tensor2d(real, [rows.length, l], 'bool') };
  };

  return {
    id,
    codec: checkedCodec(codec, { id, lengthLimit }),
    positions: (example) => example.length + behind.length,
    collate: (examples) => batch(examples.map((example) => [...example, ...behind])),
    embedder: textEmbedder(size),
    generation: { startId: start, endId: end, size, never: [pad, start] },
    shift: (examples) => ({
      previous: batch(examples.map((example) => [start, ...example])),
      next: stack(
        examples.map((example) => [...example, end]),
        -1,
      ).ids, // [b, t]
    }),
    step: (ids) => batch(Array.from(ids, (one) => [one])),
    unembedder: textUnembedder(size, { tied, bias: outputBias }),
    render(ids) {
      requireIds(ids, size, id);
      return codec.decode(ids);
    },
    labels(ids) {
      requireIds(ids, size, id);
      return codec.pieces(ids);
    },
  };
};
