import { AnyformerError } from '@anyformer/engine';
import type { UnreadValues } from '../parameters/unread-values.js';

/**
 * The time that training stands still for a checkpoint. Its tensors are read while it is written, and every step changes them in place: read
 * later, they would be those of several steps.
 */
export class Saving {
  #over = false;

  /** The same tensors, which can be read until {@link end}. Later they throw `train/saved`. */
  guarded(tensors: ReadonlyMap<string, UnreadValues>): Map<string, UnreadValues> {
    return new Map(
      Array.from(tensors, ([path, { shape, read }]) => {
        const readNow = async (from: number, into: Float32Array): Promise<void> => {
          if (!this.#over) return read(from, into);
          throw new AnyformerError({
            code: 'train/saved',
            who: `Saving '${path}'`,
            given: 'a read after the end of `save`, when training goes on',
            accepted: 'reads that `save` waits for',
          });
        };
        return [path, { shape, read: readNow }];
      }),
    );
  }

  /** From now on training changes the numbers again. */
  end(): void {
    this.#over = true;
  }
}
