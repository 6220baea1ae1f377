import { Option } from 'commander';
import type { Call, Entry } from './declaration.js';
import type { Interruption } from './interruption.js';
import type { GivenOptions } from './program.js';
import { ClosedOutput, type Terminal } from './terminal/terminal.js';

/** What a call needs of the process around it. */
export interface Around {
  readonly terminal: Terminal;
  readonly interruption: Interruption;
  /** Plug-ins named by `--plugin`. */
  readonly named: readonly string[];
}

/** Texts become values by the parsers that the imported command brings. */
const parseOptions = (
  parse: NonNullable<Awaited<ReturnType<Entry['load']>>['parse']>,
  { values, texts }: GivenOptions,
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const parser = texts.has(name) ? parse[name] : undefined;
      return [name, parser && typeof value === 'string' ? parser(value) : value];
    }),
  );

/** Imports a command and runs it. Ends quietly where nobody reads its results. */
export const invoke = async (
  entry: Entry,
  given: readonly (string | readonly string[] | undefined)[],
  options: GivenOptions,
  { terminal, interruption, named }: Around,
): Promise<void> => {
  const { signal } = interruption;
  const runner = await entry.load();
  const values = parseOptions(runner.parse ?? {}, options);
  const call: Call = {
    arguments: given,
    options: values,
    json: values.json === true,
    signal,
    input: {
      async *[Symbol.asyncIterator]() {
        const { inputLines } = await import('./terminal/lines.js');
        yield* inputLines(signal);
      },
    },
    out: (line) => terminal.out(line),
    note: (line) => terminal.note(line),
    progress: (label, total) => terminal.progress(label, total),
    terminal,
    async pluginsOf(model) {
      const { pluginsOf } = await import('./commands/stored.js');
      return pluginsOf(call, model);
    },
    plugins: async (entries = [], folders = []) => {
      const { gatherPlugins } = await import('./plugins/gather.js');
      return (
        await gatherPlugins([...named.map((name) => ({ name, folders: [process.cwd()] })), ...entries.map((name) => ({ name, folders }))])
      ).list();
    },
  };
  try {
    await runner.run(call);
  } catch (error) {
    const quiet = error instanceof ClosedOutput || (signal.aborted && (error as Error | undefined)?.name === 'AbortError');
    if (!quiet) throw error;
  }
};

/** The camel-case name under which an option's value arrives. */
export const optionName = (flags: string): string => new Option(flags).attributeName();
