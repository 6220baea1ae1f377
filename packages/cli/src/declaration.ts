import type { Command, CommandCall, Plugin } from '@anyformer/core';
import type { Progress, Terminal } from './terminal/terminal.js';

/** One option as help shows it. */
export interface DeclaredOption {
  readonly flags: string;
  readonly describe: string;
  readonly default?: unknown;
  /** May be given more than once; the values arrive as a list. */
  readonly repeats?: boolean;
}

/** What help and the parser need to know of a command; the rest is imported when it runs. */
export interface Declaration extends Pick<Command, 'name' | 'describe' | 'arguments' | 'examples'> {
  /** Head under which help lists it. */
  readonly group: string;
  readonly options?: readonly DeclaredOption[];
}

/** A call of a command, with what the command line's own commands need besides. */
export interface Call extends CommandCall {
  readonly terminal: Terminal;
  progress(label: string, total: number): Progress;
  pluginsOf(model: string): Promise<readonly Plugin[]>;
  /** The built-in plug-ins, those of `--plugin`, and some more, as seen from some folders. */
  plugins(entries?: readonly string[], folders?: readonly string[]): Promise<readonly Plugin[]>;
}

/** A command that was imported. `parse` turns an option's text into its value, by camel-case name. */
export interface Runner {
  readonly parse?: Readonly<Record<string, (value: string) => unknown>>;
  run(call: Call): Promise<void>;
}

/** A command that can be called. */
export interface Entry {
  readonly declaration: Declaration;
  load(): Promise<Runner>;
}
