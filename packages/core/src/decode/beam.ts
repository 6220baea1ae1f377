import { bestReachable, type LengthPenalty } from './length-penalty.js';
import { type DecodeConfig, type DecodeRequest, penaltyOf, processorsOf } from './options.js';
import type { Processor } from './processors.js';
import { logSoftmax, type Scorer, type Written } from './scorer.js';
import { Top } from './top.js';

/** A hypothesis that goes on. */
interface Open {
  /** Row of the scorer. */
  readonly row: number;
  readonly group: number;
  readonly ids: readonly number[];
  readonly steps: readonly number[];
  readonly sum: number;
}

const sequenceOf = (ids: readonly number[], steps: readonly number[], sum: number, penalty: LengthPenalty, ended: boolean): Written => ({
  ids,
  score: sum / penalty(Math.max(1, steps.length)),
  logProbability: sum,
  steps,
  ended,
});

/** The search for one example. */
class Beam {
  readonly example: number;
  open: Open[];
  readonly #finished: Written[] = [];
  readonly #processors: readonly Processor[];
  readonly #config: DecodeConfig;
  readonly #ends: ReadonlySet<number>;
  readonly #penalty: LengthPenalty;
  readonly #longest: number;
  readonly #candidates: Top;
  readonly #size: number;

  constructor(example: number, size: number, config: DecodeConfig, request: DecodeRequest) {
    this.example = example;
    this.#config = config;
    this.#size = size;
    this.#ends = new Set(request.endIds);
    this.#penalty = penaltyOf(config);
    this.#longest = request.maxLengths?.[example] ?? config.maxLength;
    this.#processors = processorsOf(config, request, example);
    const width = config.beam / config.groups;
    // Each hypothesis can end in `ends` ways, so that many more candidates surely leave `width` that go on.
    this.#candidates = new Top(width * (1 + this.#ends.size));
    this.open = Array.from({ length: config.groups }, (_, group) => ({ row: example, group, ids: [], steps: [], sum: 0 }));
  }

  /** Takes the next logits of its rows; afterwards `open` holds what goes on, with rows as they were before. */
  advance(logits: Float32Array, values: Float64Array): void {
    const { groups, diversity, beam } = this.#config;
    const chosen = new Map<number, number>();
    const next: Open[] = [];
    for (let group = 0; group < groups; group++) {
      const mine = this.open.filter((one) => one.group === group);
      this.#rank(mine, logits, values, diversity, chosen);
      const width = beam / groups;
      let kept = 0;
      for (let rank = 0; rank < this.#candidates.length && kept < width; rank++) {
        const key = this.#candidates.keys[rank]!;
        const parent = mine[Math.floor(key / this.#size)]!;
        const id = key % this.#size;
        const sum = this.#candidates.values[rank]! + diversity * (chosen.get(id) ?? 0);
        const steps = [...parent.steps, sum - parent.sum];
        if (this.#ends.has(id)) {
          if (rank < width) this.#finish(sequenceOf(parent.ids, steps, sum, this.#penalty, true));
        } else {
          next.push({ row: parent.row, group, ids: [...parent.ids, id], steps, sum });
          kept++;
        }
      }
      if (group < groups - 1)
        for (const { ids } of next.filter((one) => one.group === group)) chosen.set(ids.at(-1)!, (chosen.get(ids.at(-1)!) ?? 0) + 1);
    }
    this.open = next;
    if (next.length > 0 && next[0]!.ids.length >= this.#longest) this.#cut();
    else if (this.#settled()) this.open = [];
  }

  #rank(mine: readonly Open[], logits: Float32Array, values: Float64Array, diversity: number, chosen: ReadonlyMap<number, number>): void {
    const top = this.#candidates;
    top.clear();
    mine.forEach(({ row, ids, sum }, place) => {
      logSoftmax(logits, row * this.#size, values);
      for (const process of this.#processors) process(values, ids);
      for (const [id, count] of chosen) values[id]! -= diversity * count;
      for (let id = 0; id < this.#size; id++) {
        const total = sum + values[id]!;
        if (total > top.floor) top.add(total, place * this.#size + id);
      }
    });
  }

  #finish(sequence: Written): void {
    const finished = this.#finished;
    finished.push(sequence);
    finished.sort((a, b) => b.score - a.score);
    finished.length = Math.min(finished.length, Math.max(this.#config.beam, this.#config.nBest));
  }

  /** The longest length is reached: what is open is finished as it is. */
  #cut(): void {
    for (const { ids, steps, sum } of this.open) this.#finish(sequenceOf(ids, steps, sum, this.#penalty, false));
    this.open = [];
  }

  /** Whether enough sequences have ended and, unless the first ones will do, nothing open can still beat them. */
  #settled(): boolean {
    const worst = this.#finished[this.#config.nBest - 1];
    if (worst === undefined) return false;
    if (this.#config.stopping === 'first') return this.#finished.length >= this.#config.beam;
    return this.open.every(({ sum, ids }) => bestReachable(sum, ids.length, this.#longest, this.#penalty) <= worst.score);
  }

  /** The best sequences, best first. */
  result(): Written[] {
    return this.#finished.slice(0, this.#config.nBest);
  }
}

/**
 * Beam search (Graves 2012; Sutskever et al. 2014), many examples at once: each keeps the `beam` likeliest hypotheses that go on, and
 * leaves the batch as soon as it is settled. With `groups` it is diverse beam search (Vijayakumar et al. 2018).
 */
export const beamSearch = async (scorer: Scorer, config: DecodeConfig, request: DecodeRequest): Promise<Written[][]> => {
  const beams = Array.from({ length: request.examples }, (_, example) => new Beam(example, scorer.size, config, request));
  const values = new Float64Array(scorer.size);
  let active = beams;
  let last = new Int32Array(request.examples).fill(request.startId);
  while (active.length > 0) {
    const logits = await scorer.advance(last);
    for (const beam of active) beam.advance(logits, values);
    active = active.filter(({ open }) => open.length > 0);
    if (active.length === 0) break;
    const open = active.flatMap((beam) => beam.open);
    const rows = Int32Array.from(open, ({ row }) => row);
    let row = 0;
    for (const beam of active) beam.open = beam.open.map((one) => ({ ...one, row: row++ }));
    if (rows.length !== last.length || rows.some((from, to) => from !== to)) await scorer.reorder(rows);
    last = Int32Array.from(open, ({ ids }) => ids.at(-1)!);
  }
  return beams.map((beam) => beam.result());
};
