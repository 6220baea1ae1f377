import { AnyformerError } from '@anyformer/engine';
import type { Task } from '../contract/task.js';

/** An example as the model gets it, with the positions of each side. */
export interface Measured<Example> {
  readonly example: Example;
  readonly sides: readonly number[];
}

/** Most positions of each side that a model takes, in the order of `Task.positions`; any number where undefined. */
export type SideLimits = readonly (number | undefined)[];

/**
 * Encodes and measures a raw example. Whatever is wrong with it, more positions than the model has included (`positions/too-long`), is told
 * with the place where it stands, if its data know that.
 */
export const measured = <Raw, Example>(task: Task<Raw, Example>, raw: Raw, limits: SideLimits = []): Measured<Example> => {
  try {
    const example = task.encode(raw);
    const sides = task.positions(example);
    const over = sides.findIndex((size, side) => size > (limits[side] ?? Number.POSITIVE_INFINITY));
    if (over < 0) return { example, sides };
    throw new AnyformerError({
      code: 'positions/too-long',
      who: `Task '${task.id}'`,
      given: `${sides[over]} positions`,
      accepted: `at most ${limits[over]}: the model learns no more`,
      fix: 'Shorten it, leave such examples out, give the table more positions, or take positions without a table.',
      exit: 2,
    });
  } catch (error) {
    const place = task.data.place?.(raw);
    if (place === undefined || !(error instanceof AnyformerError)) throw error;
    throw new AnyformerError({ code: error.code, who: place, given: error.message, exit: error.exit, cause: error });
  }
};
