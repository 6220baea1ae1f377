import { bestReachable, type LengthPenalty } from './length-penalty.js';
import { type DecodeConfig, type DecodeRequest, longestOf, penaltyOf, processorsOf, writtenOf } from './options.js';
import type { Processor } from './processors.js';
import { logProbabilities, type Scorer, type Written } from './scorer.js';
import { Top } from './top.js';

/** A hypothesis that goes on. */
interface Open {
  /** Row of the scorer. */
  row: number;
  readonly group: number;
  readonly ids: readonly number[];
  readonly steps: readonly number[];
  readonly sum: number;
}

const same = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((id, i) => id === b[i]);

/** The search for one example. */
class Beam {
  open: Open[];
  readonly #finished: Written[] = [];
  /** Hypotheses that nothing may follow: given back only where too few others have finished. */
  readonly #stuck: Written[] = [];
  readonly #scorer: Scorer;
  readonly #processors: readonly Processor[];
  readonly #config: DecodeConfig;
  readonly #ends: ReadonlySet<number>;
  readonly #penalty: LengthPenalty;
  readonly #longest: number;
  /** Candidates of one group; all beams of a search use the same. */
  readonly #candidates: Top;

  constructor(example: number, scorer: Scorer, config: DecodeConfig, request: DecodeRequest, candidates: Top) {
    this.#scorer = scorer;
    this.#config = config;
    this.#ends = new Set(request.endIds);
    this.#penalty = penaltyOf(config);
    this.#longest = longestOf(config, request, example);
    this.#processors = processorsOf(config, request, example);
    this.#candidates = candidates;
    this.open = Array.from({ length: config.groups }, (_, group) => ({ row: example, group, ids: [], steps: [], sum: 0 }));
  }

  /** Takes the next logits of its rows; afterwards `open` holds what goes on, with rows as they were before. */
  advance(logits: Float32Array, values: Float64Array): void {
    const { groups, diversity } = this.#config;
    const chosen = new Map<number, number>();
    const next: Open[] = [];
    for (let group = 0; group < groups; group++) {
      const mine = groups === 1 ? this.open : this.open.filter((one) => one.group === group);
      this.#rank(mine, logits, values, chosen);
      const kept = this.#keep(mine, group, chosen);
      next.push(...kept);
      if (diversity > 0) for (const { ids } of kept) chosen.set(ids.at(-1)!, (chosen.get(ids.at(-1)!) ?? 0) + 1);
    }
    this.open = next;
    if (next.length > 0 && next[0]!.ids.length >= this.#longest) this.#cut();
    else if (this.#settled()) this.open = [];
  }

  /** Finds the best candidates of a group, by their sums less what repeating an earlier group costs. */
  #rank(mine: readonly Open[], logits: Float32Array, values: Float64Array, chosen: ReadonlyMap<number, number>): void {
    const top = this.#candidates;
    const { size } = this.#scorer;
    top.clear();
    mine.forEach(({ row, ids, steps, sum }, place) => {
      logProbabilities(this.#scorer, logits, row, values);
      for (const process of this.#processors) process(values, ids);
      for (const [id, count] of chosen) values[id]! -= this.#config.diversity * count;
      let { floor } = top;
      let stuck = true;
      for (let id = 0; id < size; id++) {
        const total = sum + values[id]!;
        if (total > Number.NEGATIVE_INFINITY) stuck = false;
        if (!(total > floor)) continue;
        top.add(total, place * size + id);
        floor = top.floor;
      }
      if (stuck) this.#stuck.push(writtenOf(ids, steps, sum, this.#penalty, false));
    });
    top.sort();
  }

  /** The best candidates that go on; those among the first few that end are finished. */
  #keep(mine: readonly Open[], group: number, chosen: ReadonlyMap<number, number>): Open[] {
    const { beam, groups, diversity } = this.#config;
    const width = beam / groups;
    const top = this.#candidates;
    const kept: Open[] = [];
    for (let rank = 0; rank < top.length && kept.length < width; rank++) {
      const key = top.keys[rank]!;
      const parent = mine[Math.floor(key / this.#scorer.size)]!;
      const id = key % this.#scorer.size;
      // without what diversity took, and not above the parent's by rounding
      const sum = Math.min(parent.sum, top.values[rank]! + diversity * (chosen.get(id) ?? 0));
      const steps = [...parent.steps, sum - parent.sum];
      if (!this.#ends.has(id)) kept.push({ row: parent.row, group, ids: [...parent.ids, id], steps, sum });
      else if (rank < width) this.#finish(writtenOf(parent.ids, steps, sum, this.#penalty, true));
    }
    return kept;
  }

  #finish(sequence: Written): void {
    const finished = this.#finished;
    if (this.#config.groups > 1 && finished.some(({ ids, ended }) => ended === sequence.ended && same(ids, sequence.ids))) return;
    let at = finished.length;
    while (at > 0 && finished[at - 1]!.score < sequence.score) at--;
    finished.splice(at, 0, sequence);
    if (finished.length > this.#config.beam) finished.pop();
  }

  /** The longest length is reached: what is open is finished as it is. */
  #cut(): void {
    for (const { ids, steps, sum } of this.open) this.#finish(writtenOf(ids, steps, sum, this.#penalty, false));
    this.open = [];
  }

  /** Whether what will be given back is certain; or, where the first ones will do, whether enough have ended. */
  #settled(): boolean {
    const { nBest, stopping, beam, minLength } = this.#config;
    if (stopping === 'first') return this.#finished.length >= beam;
    const worst = this.#finished[nBest - 1];
    if (worst === undefined) return false;
    return this.open.every(({ sum, ids }) => {
      const shortest = Math.max(ids.length, minLength) + 1;
      return bestReachable(sum, shortest, this.#longest, this.#penalty) <= worst.score;
    });
  }

  /** The best sequences, best first. */
  result(): Written[] {
    return [...this.#finished, ...this.#stuck.sort((a, b) => b.score - a.score)].slice(0, this.#config.nBest);
  }
}

/**
 * Beam search (Graves 2012; Sutskever et al. 2014), many examples at once: each keeps the `beam` likeliest hypotheses that go on, and
 * leaves the batch as soon as its result is certain (`stopping: 'proven'`, see {@link bestReachable}) or as many have ended as the beam is
 * wide (`'first'`, the heuristic of other toolkits: quicker, and may miss a better one). An end counts where it is among the `beam` best
 * candidates. With `groups` it is diverse beam search (Vijayakumar et al. 2018).
 */
export const beamSearch = async (scorer: Scorer, config: DecodeConfig, request: DecodeRequest): Promise<Written[][]> => {
  // each hypothesis can end in so many ways, so that among so many candidates there surely are enough that go on
  const candidates = new Top((config.beam / config.groups) * (1 + new Set(request.endIds).size));
  const beams = Array.from({ length: request.examples }, (_, example) => new Beam(example, scorer, config, request, candidates));
  const values = new Float64Array(scorer.size);
  let active = beams;
  let last = new Int32Array(request.examples).fill(request.startId);
  for (;;) {
    request.signal?.throwIfAborted();
    const logits = await scorer.advance(last);
    for (const beam of active) beam.advance(logits, values);
    active = active.filter(({ open }) => open.length > 0);
    if (active.length === 0) return beams.map((beam) => beam.result());
    const open = active.flatMap((beam) => beam.open);
    const rows = Int32Array.from(open, ({ row }) => row);
    if (rows.length !== last.length || rows.some((from, to) => from !== to)) await scorer.reorder(rows);
    open.forEach((one, row) => {
      one.row = row;
    });
    last = Int32Array.from(open, ({ ids }) => ids.at(-1)!);
  }
};
