import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { ownCommands } from './commands/own.js';
import type { Entry } from './declaration.js';
import { failureOf, tellFailure } from './failure.js';
import { Interruption } from './interruption.js';
import { invoke } from './invoke.js';
import { builtInCommands, entriesOf } from './plugin-commands.js';
import { buildProgram } from './program.js';
import { ClosedOutput, Terminal } from './terminal/terminal.js';

const { env, stdout, stderr } = process;
const terminal = new Terminal(stdout, stderr, env);
const interruption = new Interruption();

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

/** Plug-ins named before the command: `anyformer --plugin ./mine.ts my-command`. */
const namedPlugins = (given: readonly string[]): string[] => {
  const named: string[] = [];
  for (let i = 0; i < given.length; i++) {
    const one = given[i]!;
    if (one === '--plugin' && given[i + 1] !== undefined) named.push(given[++i]!);
    else if (one.startsWith('--plugin=')) named.push(one.slice('--plugin='.length));
    else break;
  }
  return named;
};

const commandsOf = async (named: readonly string[]): Promise<Entry[]> => {
  const known = [...ownCommands, ...builtInCommands()];
  if (named.length === 0) return known;
  const { gatherPlugins } = await import('./plugins/gather.js');
  const plugins = await gatherPlugins(named.map((name) => ({ name, folders: [process.cwd()] })));
  const names = new Set(known.map(({ declaration }) => declaration.name));
  return [
    ...known,
    ...plugins
      .list()
      .flatMap(entriesOf)
      .filter(({ declaration }) => !names.has(declaration.name)),
  ];
};

const run = async (given: readonly string[]): Promise<number> => {
  try {
    const named = namedPlugins(given);
    const program = buildProgram(await commandsOf(named), version, async (entry, positional, options) => {
      interruption.listen(
        (name) =>
          terminal.note(
            name === 'SIGINT' ? 'Stopping as soon as all is saved; Ctrl-C again stops at once.' : 'Stopping as soon as all is saved.',
          ),
        (exit) => process.exit(exit),
      );
      await invoke(entry, positional, options, { terminal, interruption, named });
    });
    await program.parseAsync(given.length === 0 ? ['--help'] : given, { from: 'user' });
    return interruption.exit ?? 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return fail(error);
  }
};

const fail = (error: unknown): number => {
  terminal.note(tellFailure(error, terminal.colors.note, Boolean(env.ANYFORMER_DEBUG)));
  return failureOf(error).exit;
};

/** How long something may keep the process alive after the command is done, in milliseconds. */
const patience = 1000;

/**
 * Ends the process when what was written has been taken. By itself, where nothing keeps it: `process.exit` while V8 still compiles on other
 * threads can wait for ever on Node 24, when one of them needs a garbage collection.
 */
const end = async (exit: number): Promise<void> => {
  // A failure that was told stays one, however well the command ends after it.
  process.exitCode ||= exit;
  for (const stream of [stdout, stderr])
    if (stream.writable && !failed.has(stream)) await new Promise((resolve) => stream.once('close', resolve).write('', resolve));
  setTimeout(() => process.exit(), patience).unref();
};

// Nobody reads any more (`anyformer train --json | head`): the command is asked to stop, and that is no failure. Any other error (a full disk)
// is one, and is told once.
const failed = new Set<NodeJS.WriteStream>();
for (const stream of [stdout, stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    const first = !failed.has(stream);
    failed.add(stream);
    terminal.close();
    interruption.stop();
    if (error.code !== 'EPIPE' && first) throw error;
  });
process.on('uncaughtException', (error) => {
  // A command that does not wait for its lines to be taken need not hear that nobody takes them.
  if (!(error instanceof ClosedOutput)) void end(fail(error));
});

await end(await run(process.argv.slice(2)));
