import { ownCommands } from './commands/own.js';
import { editorSchema } from './config/editor-schema.js';
import { builtInCommands, declarationOf } from './plugin-commands.js';
import { gatherPlugins } from './plugins/gather.js';
import { buildProgram } from './program.js';

const textOf = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** `commands.json`: the built-in plug-ins' commands as help shows them. */
export const commandsText = async (): Promise<string> => {
  const plugins = (await gatherPlugins([])).list();
  return textOf(
    Object.fromEntries(
      plugins.flatMap(({ name, commands = [] }) =>
        commands.length > 0 ? [[name, commands.map((command) => declarationOf(name, command))]] : [],
      ),
    ),
  );
};

/** `schema/run.json`: what `anyformer schema` prints. */
export const schemaText = async (): Promise<string> => textOf(editorSchema((await gatherPlugins([])).list()));

/** `help.txt`: what `anyformer --help` prints. */
export const helpText = (): string => buildProgram([...ownCommands, ...builtInCommands()], '', () => Promise.resolve()).helpInformation();
