import { editorSchema } from './config/editor-schema.js';
import { declarationOf } from './plugin-commands.js';
import { gatherPlugins } from './plugins/gather.js';

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
