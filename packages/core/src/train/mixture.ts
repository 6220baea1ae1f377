import type { Task } from '../contract/task.js';
import { stream } from '../random/stream.js';

/** A task and its weight in the sum of gradients. */
export interface Share {
  readonly task: Task;
  readonly share: number;
}

/**
 * The tasks of a step: all of them, or `tasksPerStep` drawn by their shares from the step's own stream. Drawn tasks weigh the same: the
 * draw has weighed them.
 */
export const tasksOfStep = (mixture: readonly Share[], tasksPerStep: number | undefined, seed: number, step: number): readonly Share[] => {
  if (tasksPerStep === undefined || tasksPerStep >= mixture.length) return mixture;
  const random = stream(seed, 'mixture', step);
  const left = [...mixture];
  const drawn: Share[] = [];
  while (drawn.length < tasksPerStep) {
    let point = random.uniform() * left.reduce((sum, { share }) => sum + share, 0);
    const place = left.findIndex(({ share }) => (point -= share) < 0);
    drawn.push(...left.splice(place < 0 ? left.length - 1 : place, 1));
  }
  return drawn.map(({ task }) => ({ task, share: 1 }));
};
