import type { Random } from '../random/random.js';
import { stream } from '../random/stream.js';
import { type DecodeConfig, type DecodeRequest, penaltyOf, processorsOf, warpersOf } from './options.js';
import type { Processor } from './processors.js';
import { logSoftmax, type Scorer, type Written } from './scorer.js';

/** One id after another, without a way back. */
interface Walk {
  readonly example: number;
  row: number;
  readonly processors: readonly Processor[];
  readonly random: Random | undefined;
  readonly ids: number[];
  readonly steps: number[];
  sum: number;
  ended: boolean;
}

const argmax = (values: Float64Array): number => {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
};

/** Draws an id by its probability. */
const draw = (values: Float64Array, random: Random): number => {
  const largest = values[argmax(values)]!;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.exp(values[i]! - largest);
  let point = random.uniform() * sum;
  let last = 0;
  for (let i = 0; i < values.length; i++) {
    const weight = Math.exp(values[i]! - largest);
    if (weight === 0) continue;
    last = i;
    point -= weight;
    if (point < 0) return i;
  }
  return last;
};

/**
 * Greedy decoding, or sampling where `config.sample` says so: `nBest` draws per example, each from a stream of its own, so that an example
 * gets the same draws in whatever batch it comes.
 */
export const stepwise = async (scorer: Scorer, config: DecodeConfig, request: DecodeRequest): Promise<Written[][]> => {
  const draws = config.sample ? config.nBest : 1;
  const ends = new Set(request.endIds);
  const penalty = penaltyOf(config);
  const warpers = warpersOf(config);
  const walks: Walk[] = Array.from({ length: request.examples * draws }, (_, i) => {
    const example = Math.floor(i / draws);
    return {
      example,
      row: example,
      processors: processorsOf(config, request, example),
      random: config.sample ? stream(config.seed, 'sample', request.names?.[example] ?? example, i % draws) : undefined,
      ids: [],
      steps: [],
      sum: 0,
      ended: false,
    };
  });
  const values = new Float64Array(scorer.size);
  const narrowed = new Float64Array(scorer.size);
  let active = walks;
  let last = new Int32Array(request.examples).fill(request.startId);
  while (active.length > 0) {
    const logits = await scorer.advance(last);
    for (const walk of active) {
      logSoftmax(logits, walk.row * scorer.size, values);
      for (const process of walk.processors) process(values, walk.ids);
      let id = -1;
      if (walk.random === undefined) id = argmax(values);
      else {
        narrowed.set(values);
        for (const warp of warpers) warp(narrowed, walk.ids);
        id = draw(narrowed, walk.random);
      }
      walk.steps.push(values[id]!);
      walk.sum += values[id]!;
      if (ends.has(id)) walk.ended = true;
      else walk.ids.push(id);
    }
    const open = active.filter(({ ended, ids, example }) => !ended && ids.length < (request.maxLengths?.[example] ?? config.maxLength));
    if (open.length > 0 && (open.length !== last.length || open.some(({ row }, to) => row !== to)))
      await scorer.reorder(Int32Array.from(open, ({ row }) => row));
    open.forEach((walk, row) => {
      walk.row = row;
    });
    last = Int32Array.from(open, ({ ids }) => ids.at(-1)!);
    active = open;
  }
  const sequences = walks.map(({ ids, steps, sum, ended }) => ({
    ids,
    steps,
    logProbability: sum,
    ended,
    score: sum / penalty(Math.max(1, steps.length)),
  }));
  return Array.from({ length: request.examples }, (_, example) =>
    sequences.slice(example * draws, (example + 1) * draws).sort((a, b) => b.score - a.score),
  );
};
