import { AnyformerError } from '../error.js';

/** Memory ran out elsewhere than in the pool. */
export const outOfMemory = (who: string, what: string, cause: unknown): AnyformerError =>
  new AnyformerError({
    code: 'memory/out',
    who,
    given: `no memory for ${what} (${(cause as Error).message})`,
    fix: 'Use a smaller batch, shorter sequences or a smaller model.',
    cause,
  });
