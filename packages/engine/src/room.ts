import { AnyformerError } from './error.js';

/**
 * What the system can still give this process, in bytes: on Linux what is free or cached, or what is left of a container's limit. Elsewhere
 * nobody says it (what is free on macOS leaves out what is cached), so it is infinite.
 */
export const availableMemory = (): number => {
  const { process } = globalThis;
  if (process?.platform !== 'linux' || !process.availableMemory) return Number.POSITIVE_INFINITY;
  const limit = process.constrainedMemory();
  // What is cached of files counts as used where there is a limit, and is given up when it is needed.
  return limit > 0 && limit < unlimited ? limit - process.memoryUsage.rss() : process.availableMemory();
};

/** Above this a limit is none. */
const unlimited = 2 ** 50;

/**
 * Fails where so many bytes of the host's memory are about to be written to and there are not as many: a system that has given away more than
 * it has ends the process without a word. Throws `memory/out`.
 */
export const requireRoom = (who: string, what: string, bytes: number, fix: string): void => {
  const left = availableMemory();
  if (bytes <= left) return;
  throw new AnyformerError({
    code: 'memory/out',
    who,
    given: `${what} takes ${bytes.toLocaleString('en')} bytes, where ${left.toLocaleString('en')} are left`,
    fix,
  });
};
