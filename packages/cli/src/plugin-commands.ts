import { readFileSync } from 'node:fs';
import type { Command, Plugin } from '@anyformer/core';
import type { Declaration, Entry, Runner } from './declaration.js';
import { optionName } from './invoke.js';
import { builtIn } from './plugins/built-in.js';

/** What help needs of a plug-in's command. */
export const declarationOf = (plugin: string, { name, describe, arguments: given, options, examples }: Command): Declaration => ({
  name,
  group: `Commands of ${plugin}:`,
  describe,
  ...(given && { arguments: given }),
  ...(options && {
    options: options.map(({ flags, describe: text, default: value }) => ({
      flags,
      describe: text,
      ...(value !== undefined && { default: value }),
    })),
  }),
  ...(examples && { examples }),
});

/** A plug-in's command as one of ours. */
export const runnerOf = ({ options = [], run }: Command): Runner => ({
  parse: Object.fromEntries(options.flatMap(({ flags, parse }) => (parse ? [[optionName(flags), parse]] : []))),
  run,
});

/** All commands of a plug-in that is already loaded. */
export const entriesOf = (plugin: Plugin): Entry[] =>
  (plugin.commands ?? []).map((command) => ({
    declaration: declarationOf(plugin.name, command),
    load: () => Promise.resolve(runnerOf(command)),
  }));

/** The commands of the built-in plug-ins as help shows them, by plug-in: written by `npm run generate`, held to the plug-ins by a test. */
export const manifestFile = new URL('../commands.json', import.meta.url);

/** The commands of the built-in plug-ins; a plug-in is imported when one of its commands runs. */
export const builtInCommands = (): Entry[] => {
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as Record<string, Declaration[]>;
  return Object.entries(manifest).flatMap(([plugin, declarations]) =>
    declarations.map((declaration) => ({
      declaration,
      load: async () => {
        const command = (await builtIn[plugin]!()).default.commands?.find(({ name }) => name === declaration.name);
        if (!command) throw new Error(`${plugin} has no command '${declaration.name}': packages/cli/commands.json is out of date`);
        return runnerOf(command);
      },
    })),
  );
};
