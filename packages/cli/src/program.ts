import { Command, type CommanderError, Option } from 'commander';
import type { Declaration, DeclaredOption, Entry } from './declaration.js';
import { UsageError } from './failure.js';

/** Called with what the parser found: texts, flags, and defaults as they are declared. */
export type Invoke = (entry: Entry, given: readonly (string | readonly string[] | undefined)[], options: GivenOptions) => Promise<void>;

/** Options by camel-case name; `texts` are those that the user wrote, as yet unparsed. */
export interface GivenOptions {
  readonly values: Readonly<Record<string, unknown>>;
  readonly texts: ReadonlySet<string>;
}

/** Of every help page, on any terminal: so that the first of them can lie ready in a file. */
const helpWidth = 80;

const families: Readonly<Record<string, string>> = { data: 'prepare data' };

const optionOf = ({ flags, describe, default: value, repeats }: DeclaredOption): Option => {
  const option = new Option(flags, describe);
  if (value !== undefined) option.default(value);
  if (repeats) option.argParser((text: string, held: string[] = []) => [...held, text]);
  return option;
};

const codes: Readonly<Record<string, string>> = {
  'commander.unknownOption': 'usage/unknown-option',
  'commander.unknownCommand': 'usage/unknown-command',
  'commander.excessArguments': 'usage/too-many-arguments',
  'commander.missingArgument': 'usage/missing-argument',
  'commander.optionMissingArgument': 'usage/missing-value',
};

/** What commander complains about, in our words. Help and version are no complaints. */
const onExit =
  (path: string, commands: () => readonly string[]) =>
  (error: CommanderError): never => {
    if (error.exitCode === 0) throw error;
    const who = path ? `${path}: ` : '';
    const see = `See 'anyformer ${path ? `${path} ` : ''}--help'.`;
    if (error.code === 'commander.help')
      throw new UsageError('usage/missing-command', `${who}no command; accepted: ${commands().join(', ')}. ${see}`);
    const said = error.message
      .replace(/^error: /, '')
      .replace(/\n\(Did you mean (.*)\?\)/s, "; did you mean '$1'?")
      .replace(/\n/g, ' ');
    const accepted = error.code === 'commander.unknownCommand' ? ` Accepted: ${commands().join(', ')}.` : '';
    const end = /[.?]$/.test(said) ? '' : '.';
    throw new UsageError(codes[error.code] ?? 'usage/invalid', `${who}${said}${end}${accepted} ${see}`);
  };

const bare = (name: string): string => name.replace(/[[\]<>.]/g, '');

const declare = (command: Command, declaration: Declaration): void => {
  command.description(declaration.describe);
  for (const { name, describe, required, variadic } of declaration.arguments ?? []) {
    const inner = `${bare(name)}${variadic ? '...' : ''}`;
    command.argument(required ? `<${inner}>` : `[${inner}]`, describe);
  }
  for (const option of declaration.options ?? []) command.addOption(optionOf(option));
  if (!declaration.options?.some(({ flags }) => /--json\b/.test(flags)))
    command.option('--json', 'results as JSON on stdout, nothing else there');
  if (declaration.examples?.length)
    command.addHelpText('after', `\nExamples:\n${declaration.examples.map((line) => `  ${line}`).join('\n')}`);
};

/** The parser: one sub-command for each entry; `data multi30k` becomes `multi30k` under `data`. */
export const buildProgram = (entries: readonly Entry[], version: string, invoke: Invoke): Command => {
  const program = new Command('anyformer')
    .description('One Transformer, any modality.')
    .version(version, '-V, --version')
    .option('--plugin <name or path>', 'load a plug-in and its commands; repeatable', (text: string, held: string[] = []) => [
      ...held,
      text,
    ])
    .configureOutput({ outputError: () => undefined })
    .configureHelp({ showGlobalOptions: false, helpWidth })
    .enablePositionalOptions();
  const namesOf = (parent: Command) => () => parent.commands.map((one) => one.name()).filter((name) => name !== 'help');
  program.exitOverride(onExit('', namesOf(program)));
  const parents = new Map<string, Command>();
  for (const entry of entries) {
    const { declaration } = entry;
    const words = declaration.name.split(' ');
    let parent = program;
    for (const [i, word] of words.slice(0, -1).entries()) {
      const path = words.slice(0, i + 1).join(' ');
      let family = parents.get(path);
      if (!family) {
        family = parent
          .command(word)
          .description(families[path] ?? `commands of ${path}`)
          .helpGroup(declaration.group);
        family.exitOverride(onExit(path, namesOf(family)));
        parents.set(path, family);
      }
      parent = family;
    }
    const command = parent.command(words.at(-1)!).helpGroup(declaration.group);
    command.exitOverride(onExit(declaration.name, () => []));
    declare(command, declaration);
    command.action(async (...all: unknown[]) => {
      const values = command.opts();
      const texts = new Set(Object.keys(values).filter((name) => command.getOptionValueSource(name) === 'cli'));
      await invoke(entry, all.slice(0, -2) as (string | string[] | undefined)[], { values, texts });
    });
  }
  return program;
};
