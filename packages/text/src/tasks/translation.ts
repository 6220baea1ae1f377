import {
  AnyformerError,
  type DecodeOptions,
  decodeConfig,
  type GenerationTask,
  type GenerativeModality,
  generation,
  isGenerative,
  type Modality,
  type TaskKind,
} from '@anyformer/core';
import { z } from 'zod';
import { openPairs } from '../data/open.js';
import { countsLine, type Pair, type PairSource } from '../data/pair.js';
import { pairsConfig } from '../data/schema.js';
import { bleuMetric, chrfMetric, perplexity, tokenAccuracy } from '../metrics/index.js';

/** Options of a `translation` task. */
const options = z.strictObject({
  source: z.string().describe('id of the modality that is read'),
  target: z.string().describe('id of the modality that is written; the same id: one vocabulary and table'),
  data: pairsConfig,
  labelSmoothing: z.number().min(0).max(0.99).default(0),
  decode: decodeConfig.prefault({}).describe('how translations are searched for, in evaluation and by default'),
});

/** Parsed options of a `translation` task. */
export type TranslationOptions = z.infer<typeof options>;

const requireGenerative = (modality: Modality, task: string): GenerativeModality => {
  if (isGenerative(modality)) return modality;
  throw new AnyformerError({
    code: 'translation/target',
    who: `Task '${task}'`,
    given: `the target '${modality.id}', which cannot be written`,
    accepted: 'a modality that can, such as one of kind text',
    exit: 2,
  });
};

/** Makes a translation from its parts: what {@link translation} does with a config, for programs. */
export const translationTask = (given: {
  readonly id: string;
  readonly source: Modality<string>;
  readonly target: GenerativeModality<string>;
  readonly data: PairSource;
  readonly labelSmoothing?: number;
  readonly decode?: DecodeOptions;
}): GenerationTask<Pair> =>
  generation<Pair>({
    id: given.id,
    data: given.data,
    input: given.source,
    output: given.target,
    split: ({ source, target }) => ({ input: source, output: target }),
    labelSmoothing: given.labelSmoothing,
    decode: given.decode,
    metrics: () => [bleuMetric(), chrfMetric(), tokenAccuracy(), perplexity(), ...(given.data.metrics?.() ?? [])],
  });

/** Text in, text out. The data may bring metrics of their own. */
export const translation: TaskKind<TranslationOptions, Pair> = {
  kind: 'translation',
  options,
  uses: ({ source, target }) => [...new Set([source, target])],
  data: ({ data }, context) => openPairs(data, context),
  parts: ({ source, target }, sides) => [
    [sides.source, source],
    [sides.target, target],
  ],
  create({ source, target, labelSmoothing, decode }, context) {
    const { id, modality } = context;
    const data = context.data as PairSource;
    // Known where the codec has just been trained on them.
    const counts = data.counts?.('train');
    if (counts && counts.kept < counts.read) context.note?.(`${id}: ${countsLine(counts)}`);
    return translationTask({
      id,
      source: modality(source),
      target: requireGenerative(modality(target), id),
      data,
      labelSmoothing,
      decode,
    });
  },
};
