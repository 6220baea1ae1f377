import { AnyformerError } from '@anyformer/engine';
import { z } from 'zod';
import type { Task } from '../contract/task.js';
import { shuffle } from '../random/random.js';
import { seedOf } from '../random/seed.js';
import { stream } from '../random/stream.js';
import { type Measured, measured, type SideLimits } from './example.js';

/** How much a batch holds: padded positions (mean over a task's sides), or examples. */
export const batchConfig = z.union([
  z.strictObject({ positions: z.int().positive().describe('padded positions, mean over the sides') }),
  z.strictObject({ examples: z.int().positive() }),
]);

/** A parsed {@link batchConfig}. */
export type BatchSize = z.infer<typeof batchConfig>;

/** Where a task stands in its data. */
export interface BatchCursor {
  readonly epoch: number;
  /** Examples of this epoch before the current pool. */
  readonly index: number;
  /** Batches of the pool already given out. */
  readonly batch: number;
}

/** The beginning of the data. */
export const firstBatch: BatchCursor = { epoch: 0, index: 0, batch: 0 };

/** Examples that go together. */
export interface PlannedBatch<Example = unknown> {
  readonly examples: readonly Example[];
  /** Where the next batch begins. */
  readonly next: BatchCursor;
  readonly epoch: number;
  /** Real positions, over all sides. */
  readonly positions: number;
  /** Positions with padding, over all sides. */
  readonly cells: number;
}

const cellsOf = <E>(batch: readonly Measured<E>[]): number => {
  let cells = 0;
  for (let side = 0; side < (batch[0]?.sides.length ?? 0); side++)
    cells += batch.length * Math.max(...batch.map(({ sides }) => sides[side]!));
  return cells;
};

/** Cuts measured examples, sorted by their sides, into batches: examples of a length go together, so that little is padding. */
export const cut = <E>(sorted: readonly Measured<E>[], size: BatchSize): Measured<E>[][] => {
  const batches: Measured<E>[][] = [];
  let batch: Measured<E>[] = [];
  let longest: number[] = [];
  for (const one of sorted) {
    const grown = one.sides.map((side, i) => Math.max(side, longest[i] ?? 0));
    const full =
      'examples' in size
        ? batch.length >= size.examples
        : (grown.reduce((a, b) => a + b, 0) / grown.length) * (batch.length + 1) > size.positions;
    if (full && batch.length > 0) {
      batches.push(batch);
      batch = [];
      longest = [...one.sides];
    } else longest = grown;
    batch.push(one);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
};

const bySides = <E>(a: Measured<E>, b: Measured<E>): number => {
  for (let side = 0; side < a.sides.length; side++) if (a.sides[side] !== b.sides[side]) return a.sides[side]! - b.sides[side]!;
  return 0;
};

/**
 * The training batches of a task from a cursor on, without end. Examples are read a pool at a time (an epoch, or `pool` examples of it),
 * shuffled, sorted by their sides, cut and the batches shuffled: an order that depends on (seed, task id, epoch, pool) alone.
 */
export async function* batches<Example>(
  task: Task<any, Example>,
  {
    seed,
    size,
    pool = 50_000,
    limits,
  }: { readonly seed: number; readonly size: BatchSize; readonly pool?: number; readonly limits?: SideLimits | undefined },
  from: BatchCursor = firstBatch,
): AsyncGenerator<PlannedBatch<Example>, never, void> {
  const dataSeed = seedOf(seed, 'task', task.id, 'data');
  let { epoch, index, batch: skipped } = from;
  for (;;) {
    const held: Measured<Example>[] = [];
    let ended = true;
    for await (const raw of task.data.examples('train', { epoch, index, seed: dataSeed })) {
      held.push(measured(task, raw, limits));
      if (held.length === pool) {
        ended = false;
        break;
      }
    }
    if (held.length === 0 && index === 0)
      throw new AnyformerError({
        code: 'data/empty',
        who: `Task '${task.id}'`,
        given: "no example in the split 'train'",
        accepted: 'at least one',
        fix: 'Check the data files and their filters.',
        exit: 2,
      });
    const random = stream(seed, 'task', task.id, 'order', epoch, index);
    const planned = shuffle(cut(shuffle(held, random).sort(bySides), size), random);
    for (let i = skipped; i < planned.length; i++) {
      const batch = planned[i]!;
      const more = i + 1 < planned.length;
      const next = more
        ? { epoch, index, batch: i + 1 }
        : ended
          ? { epoch: epoch + 1, index: 0, batch: 0 }
          : { epoch, index: index + held.length, batch: 0 };
      yield {
        examples: batch.map(({ example }) => example),
        next,
        epoch,
        positions: batch.reduce((sum, { sides }) => sum + sides.reduce((a, b) => a + b, 0), 0),
        cells: cellsOf(batch),
      };
    }
    skipped = 0;
    if (ended) {
      epoch += 1;
      index = 0;
    } else index += held.length;
  }
}
