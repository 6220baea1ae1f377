import { type GenerationModel, type GenerationTask, generation, Model, type Random, stream, transformerFromConfig } from '@anyformer/core';
import { type TextCodec, text } from '@anyformer/text';
import type { Row } from '../rows.js';
import type { Work } from '../work.js';
import { always, trainingSteps } from './training.js';

const specials = { pad: 0, start: 1, end: 2 };

/** Texts of numbers, each its own id. */
const numbers = (size: number): TextCodec => ({
  kind: 'numbers',
  size,
  specials,
  encode: (line) => line.split(' ').map(Number),
  decode: (ids) => ids.join(' '),
  pieces: (ids) => ids.map(String),
  files: () => ({}),
});

const sentence = (random: Random, length: number, size: number): string =>
  Array.from({ length }, () => 3 + random.integer(size - 3)).join(' ');

interface Pair {
  readonly source: string;
  readonly target: string;
}

interface Built {
  readonly model: Model;
  readonly task: GenerationTask<Pair>;
  readonly pairs: readonly Pair[];
}

/** A Transformer over ids, its vocabulary tied on all sides. Each side has `length` positions with its start or end. */
const build = (row: Row, encoder: boolean): Built => {
  const random = stream(1, row.row);
  const draw = (): string => sentence(random, row.length - 1, row.outputs);
  const pairs = Array.from({ length: 2 * row.batch }, () => ({ source: draw(), target: draw() }));
  const words = text({ id: 'words', codec: numbers(row.outputs) });
  const task = generation<Pair>({
    id: 'task',
    data: always(pairs),
    input: encoder ? words : undefined,
    output: words,
    split: ({ source, target }) => ({ input: source, output: target }),
    labelSmoothing: encoder ? 0.1 : 0,
    metrics: () => [],
  });
  const { width, heads, feedForward, layers } = row;
  const config = { width, heads, feedForward, decoder: { layers }, encoder: { layers: encoder ? layers : 0 } };
  const shape = encoder
    ? ({ activation: 'relu', positions: 'sinusoidal', embeddingScale: true } as const)
    : ({ activation: 'gelu', positions: { kind: 'learned', length: row.length } } as const);
  return { task, pairs, model: new Model({ tasks: [task], seed: 1, ...transformerFromConfig({ ...config, ...shape }) }) };
};

/** A training step of an encoder and a decoder. */
export const translationTraining = (row: Row): Work => {
  const { model, task } = build(row, true);
  return trainingSteps(model, task, row);
};

/** A training step of a causal decoder alone. */
export const languageTraining = (row: Row): Work => {
  const { model, task } = build(row, false);
  return trainingSteps(model, task, row);
};

/** `length` ids written for each source, from the first read to the last id on the host. */
export const decoding = (row: Row): Work => {
  const { model, pairs } = build(row, true);
  const written = model.task('task') as GenerationModel<Pair>;
  const sources = pairs.slice(0, row.batch).map(({ source }) => source);
  const options = { beam: row.beam, maxLength: row.length, minLength: row.length - 1 };
  return async () => {
    await written.generate(sources, options);
  };
};
