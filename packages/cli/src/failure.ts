import type { Colors } from './terminal/colors.js';

/** What the user is told, and how the process ends. */
export interface Failure {
  readonly message: string;
  readonly code: string;
  readonly exit: number;
}

/** A usage error of the command line itself: the message is whole, the exit code 2. */
export class UsageError extends Error {
  readonly code: string;
  readonly exit = 2;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const system: Readonly<Record<string, readonly [what: string, exit: number]>> = {
  ENOSPC: ['the disk is full; free some space and go on with --resume', 1],
  EDQUOT: ['the disk quota is used up; free some space and go on with --resume', 1],
  EACCES: ['not permitted; check the owner and mode of the file', 2],
  EPERM: ['not permitted; check the owner and mode of the file', 2],
  EROFS: ['a file system that cannot be written; choose another folder', 2],
  EEXIST: ['something is there already; choose another name', 2],
  ENOENT: ['no such file or folder; check the path', 2],
  ENOTDIR: ['a file where a folder is needed; check the path', 2],
  EISDIR: ['a folder where a file is needed; check the path', 2],
  EMFILE: ['too many open files; raise the limit with ulimit -n', 3],
};

/** An error as a failure. Whatever is not one of ours is told as it is, with how to see more. */
export const failureOf = (error: unknown): Failure => {
  if (error instanceof Error) {
    const { code, exit, path, syscall } = error as Error & { code?: unknown; exit?: unknown; path?: unknown; syscall?: unknown };
    if (typeof code === 'string' && typeof exit === 'number') return { message: error.message, code, exit };
    const known = typeof code === 'string' && typeof syscall === 'string' ? system[code] : undefined;
    if (known)
      return {
        message: `${typeof path === 'string' ? path : 'A file'}: ${known[0]}.`,
        code: `system/${String(code).toLowerCase()}`,
        exit: known[1],
      };
  }
  const said = error instanceof Error ? error.message.split('\n')[0] : String(error);
  return { message: `Something unforeseen: ${said}. ANYFORMER_DEBUG=1 shows where; please report it.`, code: 'unforeseen', exit: 1 };
};

/** The lines on stderr. With ANYFORMER_DEBUG the stacks follow, of the causes too. */
export const tellFailure = (error: unknown, colors: Colors, debug: boolean): string => {
  const { message, code } = failureOf(error);
  const lines = [`${colors.red('anyformer:')} ${message} ${colors.dim(`[${code}]`)}`];
  for (let cause = debug ? error : undefined; cause instanceof Error; cause = cause.cause) lines.push(cause.stack ?? cause.message);
  return lines.join('\n');
};
