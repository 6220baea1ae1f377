import { tf } from '@anyformer/engine';
import { type GenerativeModality, isGenerative, type Modality } from '../contract/modality.js';
import type { AttentionMap } from '../inspect/attention-map.js';
import type { Recorded } from '../inspect/recorder.js';

/** The paths under which blocks record their attention. */
export const attentionPaths = ['**/attention', '**/self-attention', '**/cross-attention'] as const;

/** The ids of an example, the end included. */
export const idsOf = async (modality: GenerativeModality, example: unknown): Promise<number[]> => {
  const next = tf.tidy(() => modality.shift([example]).next); // [1, t]
  try {
    return [...(await next.data())].filter((id) => id >= 0);
  } finally {
    next.dispose();
  }
};

/** A label for each position of an example: its ids' where there are ids, else numbers. */
const labelsOf = async (modality: Modality, example: unknown): Promise<string[]> =>
  isGenerative(modality)
    ? modality.labels(await idsOf(modality, example))
    : Array.from({ length: modality.positions(example) }, (_, i) => String(i + 1));

/** As many labels as there are positions: an end that is not read has none, and what has no label is counted. */
const fitted = (labels: readonly string[], count: number): string[] => Array.from({ length: count }, (_, i) => labels[i] ?? String(i + 1));

/** What both sides hold. */
export interface AttentionSides {
  readonly input?: { readonly modality: Modality; readonly example: unknown } | undefined;
  readonly output: { readonly modality: GenerativeModality; readonly example: unknown };
}

/**
 * Maps of one example, recorded while its output was read, with labels: a decoder's rows are named by what they write, its own columns by
 * what they have read.
 */
export const attentionMaps = async (
  recorded: ReadonlyMap<string, Recorded>,
  { input, output }: AttentionSides,
): Promise<AttentionMap[]> => {
  const written = await labelsOf(output.modality, output.example);
  const read = input ? await labelsOf(input.modality, input.example) : [];
  const begun = [...output.modality.labels([output.modality.generation.startId]), ...written];
  return [...recorded].map(([path, { shape, values }]) => {
    const [, heads, rows, columns] = shape as [number, number, number, number];
    const reading = path.startsWith('encoder/');
    return {
      path,
      weights: values,
      heads,
      rows: fitted(reading ? read : written, rows),
      columns: fitted(reading || path.endsWith('cross-attention') ? read : begun, columns),
    };
  });
};
