import { type RunConfigInput, startRun, type TrainEvent } from '@anyformer/core';
import textPlugin from '../plugin.js';
import { loadTranslator, type Translator } from './translator.js';

/** Two files, line by line the same text in two languages; `.gz` is unpacked. */
export interface AlignedFiles {
  readonly source: string;
  readonly target: string;
}

/** What {@link trainTranslator} takes. */
export interface TrainTranslatorOptions extends AlignedFiles {
  /** Pairs to look at from time to time; the checkpoint with the best BLEU on them is kept. */
  readonly valid?: AlignedFiles;
  /** Folder of the run, such as `runs/mine`. */
  readonly run: string;
  /** Updates; 3000 unless said. */
  readonly steps?: number;
  /** Pieces of the vocabulary that both languages share; 4000 unless said. */
  readonly vocabulary?: number;
  /** Size and shape of the model; the preset `small` unless said. */
  readonly model?: RunConfigInput['model'];
  readonly seed?: number;
  /** Go on from the last checkpoint of the run. */
  readonly resume?: boolean;
  readonly engine?: string;
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Told what happens: `({ type }) => …`. */
  onEvent?(event: TrainEvent): void;
}

/** The config that {@link trainTranslator} runs: what `configs/text/own-text.yaml` says, for these files. */
export const translatorConfig = (options: Omit<TrainTranslatorOptions, 'run'>): RunConfigInput => {
  const { source, target, valid, steps = 3000, vocabulary = 4000, model = { preset: 'small' }, seed = 1 } = options;
  return {
    seed,
    modalities: { words: { kind: 'text', codec: { kind: 'bpe', vocabulary } } },
    tasks: {
      translation: {
        kind: 'translation',
        source: 'words',
        target: 'words',
        data: {
          kind: 'aligned',
          splits: { train: { source, target }, ...(valid && { valid }) },
          filter: { maxLength: 500, maxRatio: 4, empty: 'drop' },
        },
        labelSmoothing: 0.1,
      },
    },
    model,
    train: {
      steps,
      batch: { positions: 600 },
      optimizer: { kind: 'adam', beta2: 0.98, epsilon: 1e-9 },
      schedule: { kind: 'linear', peak: 1e-3, warmup: Math.max(1, Math.round(steps / 10)), total: steps },
      clip: 1,
      average: { decay: 0.99 },
      ...(valid && {
        evaluate: { every: Math.max(1, Math.round(steps / 10)), split: 'valid', examples: 500 },
        best: 'translation/bleu',
      }),
    },
    checkpoint: { every: Math.max(1, Math.round(steps / 10)), keep: 2 },
  };
};

/** Trains a translator on two files of your own. Resolves when it is trained; the caller disposes it. */
export const trainTranslator = async (options: TrainTranslatorOptions): Promise<Translator> => {
  const { run, resume, engine, threads, signal, onEvent } = options;
  await startRun({ config: translatorConfig(options), directory: run, plugins: [textPlugin], resume, engine, threads, signal }).forEach(
    (event) => onEvent?.(event),
  );
  return loadTranslator(run, { engine, threads });
};
