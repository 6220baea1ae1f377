import type { Random } from '../random/random.js';
import { stream } from '../random/stream.js';
import { expNegative } from './log-softmax.js';
import { type DecodeConfig, type DecodeRequest, forcedOf, longestOf, penaltyOf, processorsOf, warpersOf, writtenOf } from './options.js';
import type { Processor } from './processors.js';
import { logProbabilities, type Scorer, type Written } from './scorer.js';

/** One id after another, without a way back. */
interface Walk {
  row: number;
  readonly longest: number;
  readonly processors: readonly Processor[];
  readonly forced: (length: number) => boolean;
  readonly random: Random | undefined;
  readonly ids: number[];
  readonly steps: number[];
  sum: number;
  state: 'open' | 'ended' | 'cut';
}

/** The likeliest id, the first of equals; -1 where all are forbidden. */
const argmax = (values: Float64Array): number => {
  let best = -1;
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++)
    if (values[i]! > largest) {
      best = i;
      largest = values[i]!;
    }
  return best;
};

/** What a scorer has found to be the likeliest id of a row, if nothing that is to be done to it changes that. */
const likeliest = (
  scorer: Scorer,
  row: number,
  written: readonly number[],
  processors: readonly Processor[],
): { readonly id: number; readonly shift: number } | undefined => {
  const [id, shift] = [scorer.best?.(row) ?? -1, scorer.shift?.(row) ?? Number.NaN];
  const stays = id >= 0 && Number.isFinite(shift) && processors.every((process) => process.leaves?.(written, id) === true);
  return stays ? { id, shift } : undefined;
};

/** Draws an id by its probability; -1 where all are forbidden. */
const draw = (values: Float64Array, random: Random): number => {
  let last = argmax(values);
  if (last < 0) return last;
  const largest = values[last]!;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] = expNegative(values[i]! - largest);
  let point = random.uniform() * sum;
  for (let i = 0; i < values.length; i++) {
    if (values[i] === 0) continue;
    last = i;
    point -= values[i]!;
    if (point < 0) return i;
  }
  return last; // rounding left a rest
};

const go = (walk: Walk, id: number, value: number, ends: ReadonlySet<number>): void => {
  if (id < 0) {
    walk.state = 'cut';
    return;
  }
  walk.steps.push(value);
  walk.sum += value;
  if (ends.has(id)) walk.state = 'ended';
  else if (walk.ids.push(id) >= walk.longest) walk.state = 'cut';
};

/**
 * Greedy decoding, or sampling where `config.sample` says so: `nBest` draws per example, each from a stream of its own, so that an example
 * gets the same draws in whatever batch it comes. Log-probabilities are the model's own, before penalties, temperature and cuts; what was
 * forced counts 0.
 */
export const stepwise = async (scorer: Scorer, config: DecodeConfig, request: DecodeRequest): Promise<Written[][]> => {
  const draws = config.sample ? config.nBest : 1;
  const ends = new Set(request.endIds);
  const warpers = warpersOf(config);
  const walks: Walk[] = Array.from({ length: request.examples * draws }, (_, i) => {
    const example = Math.floor(i / draws);
    return {
      row: example,
      longest: longestOf(config, request, example),
      processors: processorsOf(config, request, example),
      forced: forcedOf(config, request, example),
      random: config.sample ? stream(config.seed, 'sample', request.names?.[example] ?? example, i % draws) : undefined,
      ids: [],
      steps: [],
      sum: 0,
      state: 'open',
    };
  });
  const values = new Float64Array(scorer.size);
  let active = walks;
  let last = new Int32Array(request.examples).fill(request.startId);
  for (;;) {
    request.signal?.throwIfAborted();
    const logits = await scorer.advance(last);
    for (const walk of active) {
      const { row, ids, random, processors } = walk;
      const known = random === undefined ? likeliest(scorer, row, ids, processors) : undefined;
      const shift = known?.shift ?? logProbabilities(scorer, logits, row, values);
      if (known === undefined) for (const process of processors) process(values, ids, shift);
      if (random !== undefined) for (const warp of warpers) warp(values, ids);
      const id = known?.id ?? (random === undefined ? argmax(values) : draw(values, random));
      go(walk, id, id < 0 || walk.forced(ids.length) ? 0 : logits[row * scorer.size + id]! - shift, ends);
    }
    active = active.filter(({ state }) => state === 'open');
    if (active.length === 0) break;
    if (active.length !== last.length || active.some(({ row }, to) => row !== to))
      await scorer.reorder(Int32Array.from(active, ({ row }) => row));
    active.forEach((walk, row) => {
      walk.row = row;
    });
    last = Int32Array.from(active, ({ ids }) => ids.at(-1)!);
  }
  const penalty = penaltyOf(config);
  const sequences = walks.map(({ ids, steps, sum, state }) => writtenOf(ids, steps, sum, penalty, state === 'ended'));
  return Array.from({ length: request.examples }, (_, example) =>
    sequences.slice(example * draws, (example + 1) * draws).sort((a, b) => b.score - a.score),
  );
};
