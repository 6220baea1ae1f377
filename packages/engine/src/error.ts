/** What an {@link AnyformerError} says, part by part. */
export interface Complaint {
  /** Stable, for programs: `engine/unknown`. */
  code: string;
  /** Who speaks: an op, a file, an option. */
  who: string;
  /** What was given. */
  given?: string | undefined;
  /** What would have been accepted. */
  accepted?: string | undefined;
  /** What to do, as a sentence. */
  fix?: string | undefined;
  /** Exit code of the command line: 1 the run failed (default), 2 usage or config, 3 environment. */
  exit?: 1 | 2 | 3 | undefined;
  /** What caused it, if it wraps another error. */
  cause?: unknown;
}

/**
 * The one error class of the project. The message is composed: `who: given; accepted: ….  fix`. The command line shows the message
 * without a stack and exits with `exit`.
 */
export class AnyformerError extends Error {
  override readonly name = 'AnyformerError';
  readonly code: string;
  readonly exit: 1 | 2 | 3;

  constructor({ code, who, given, accepted, fix, exit, cause }: Complaint) {
    const said = [given, accepted && `accepted: ${accepted}`].filter(Boolean).join('; ');
    // A name that is empty is shown as one, so that the message has a subject.
    super(`${who || "''"}: ${said}${said && !/[.!?]$/.test(said) ? '.' : ''}${fix ? ` ${fix}` : ''}`, cause === undefined ? {} : { cause });
    this.code = code;
    this.exit = exit ?? 1;
  }
}

/** The known name nearest to a misspelt one by edit distance, or `undefined` where none is near (more than a third of it differs). */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.ceil(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    above = row;
  }
  return above[b.length]!;
}
