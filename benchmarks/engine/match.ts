import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Contestant } from './contestant.js';
import { watchOthers } from './machine-use.js';

/** One side of a comparison. */
export interface Entry {
  readonly name: string;
  readonly command: Command;
  /** Whether its threads may spin for a while after its turn. */
  readonly spins: boolean;
}

/** What came out for one side. */
export interface Outcome {
  readonly name: string;
  /** Median; null where it could not do the work. */
  readonly ms: number | null;
  /** The quickest repetition. */
  readonly minMs: number | null;
  /** Repetitions behind the median. */
  readonly repetitions: number;
  /** Peak memory in MB. */
  readonly rssMb: number | null;
  /** Why there is no time. */
  readonly reason?: string;
}

/** What came out, and on how quiet a machine. */
export interface Match {
  readonly outcomes: readonly Outcome[];
  /** Share of the machine's processor time that went to other processes meanwhile; null where the system does not say. */
  readonly othersUse: number | null;
}

/** How long a turn of quick work is to last at least, so that what another's turn left in the caches does not count. */
const turnMs = 400;
/** How long each side warms up: V8 compiles what it has seen some hundred times. */
const warmUpMs = 1500;
/** Longest spin of an idle OpenMP thread is 200 ms. */
const calmMs = 250;

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

interface Side {
  readonly entry: Entry;
  contestant: Contestant | undefined;
  reason: string;
  /** Repetitions per turn. */
  count: number;
  readonly ms: number[];
}

/**
 * Measures sides against each other: all are started and warmed up, then they take turns, and in each round another begins. Only one works
 * at a time; a machine that becomes slower becomes so for all.
 */
export const match = async (entries: readonly Entry[], repeat: number | undefined, say: (line: string) => void): Promise<Match> => {
  const sides: Side[] = entries.map((entry) => ({ entry, contestant: undefined, reason: '', count: 1, ms: [] }));
  const attempt = async (side: Side, act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      side.reason = (error as Error).message;
      say(`${side.entry.name}: ${side.reason}`);
      await side.contestant?.stop();
      side.contestant = undefined;
    }
  };
  const turn = async (side: Side, count: number): Promise<readonly number[]> => {
    const ms = await side.contestant!.turn(count);
    await sleep(side.entry.spins ? calmMs : 20);
    return ms;
  };
  try {
    for (const side of sides)
      await attempt(side, async () => {
        side.contestant = await Contestant.start(side.entry.command);
        let [last] = (await turn(side, 1)) as [number];
        for (let spent = 0; spent < warmUpMs; ) {
          const times = await turn(side, Math.max(1, Math.min(50, Math.round(turnMs / last))));
          spent += times.reduce((sum, ms) => sum + ms, 0);
          last = times.at(-1)!;
        }
        say(`${side.entry.name}: ready (${side.contestant.detail}), ${last.toFixed(last < 100 ? 1 : 0)} ms`);
        side.count = Math.max(1, Math.min(25, Math.round(turnMs / last)));
        side.ms.push(last);
      });
    const slowest = Math.max(0, ...sides.map(({ ms }) => ms[0] ?? 0));
    const rounds = repeat ?? Math.max(3, Math.min(7, Math.round(35_000 / slowest)));
    for (const side of sides) side.ms.length = 0;
    const othersUse = watchOthers([process.pid, ...sides.flatMap(({ contestant }) => contestant?.pid ?? [])]);
    for (let round = 0; round < rounds; round++)
      for (let i = 0; i < sides.length; i++) {
        const side = sides[(round + i) % sides.length]!;
        if (side.contestant) await attempt(side, async () => void side.ms.push(...(await turn(side, side.count))));
      }
    const use = othersUse();
    const outcomes = sides.map(({ entry: { name }, contestant, ms, reason }) =>
      contestant
        ? { name, ms: median(ms), minMs: Math.min(...ms), repetitions: ms.length, rssMb: contestant.memory }
        : { name, ms: null, minMs: null, repetitions: 0, rssMb: null, reason },
    );
    return { outcomes, othersUse: use };
  } finally {
    for (const { contestant } of sides) await contestant?.stop();
  }
};
