import type { Plugin } from './plugin.js';

/** A command a plug-in brings, such as `translate`. Plain data: the command line turns it into a sub-command. */
export interface Command {
  readonly name: string;
  readonly describe: string;
  /** Positional arguments: `MODEL`, `[FILE]`, `REF...`. */
  readonly arguments?: readonly {
    readonly name: string;
    readonly describe: string;
    readonly required: boolean;
    readonly variadic?: boolean;
  }[];
  /** `flags` as in `-n, --n-best <number>`; values arrive parsed by `parse` under their camel-case name. */
  readonly options?: readonly {
    readonly flags: string;
    readonly describe: string;
    readonly default?: unknown;
    /** Throws an AnyformerError for an unusable value. */
    readonly parse?: (value: string) => unknown;
  }[];
  /** Shown under `--help`. */
  readonly examples?: readonly string[];
  run(call: CommandCall): Promise<void>;
}

/** One call of a command. Results go to `out`, progress and notes to `note`. */
export interface CommandCall {
  readonly arguments: readonly (string | readonly string[] | undefined)[];
  readonly options: Readonly<Record<string, any>>;
  /** `--json`: `out` is given one document (or one per line for streams) and nothing else. */
  readonly json: boolean;
  /** Ends when the user interrupts. */
  readonly signal: AbortSignal;
  readonly input: AsyncIterable<string>;
  out(line: string): void | Promise<void>;
  note(line: string): void;
  /** Where the caller knows plug-ins: those it has, and those that a stored model names. */
  pluginsOf?(model: string): Promise<readonly Plugin[]>;
  /** Bar with ETA on a terminal, now and then a line elsewhere. */
  progress(label: string, total: number): { update(done: number, extra?: string): void; end(): void };
}
