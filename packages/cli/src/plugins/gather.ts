import type { Plugin } from '@anyformer/core';
import { builtIn } from './built-in.js';
import { Plugins } from './container.js';
import { loadPlugin } from './load.js';

/** A plug-in that somebody names, and the folders from which to look for it, nearest first. */
export interface Named {
  readonly name: string;
  readonly folders: readonly string[];
}

/** The built-in plug-ins and the named ones, in a container. */
export const gatherPlugins = async (named: readonly Named[]): Promise<Plugins> => {
  const plugins = new Plugins();
  for (const load of Object.values(builtIn)) await plugins.add((await load()).default);
  for (const { name, folders } of named) {
    const own: Plugin | undefined = (await builtIn[name]?.())?.default;
    await plugins.add(own ?? (await loadPlugin(name, [...new Set([...folders, process.cwd()])])));
  }
  return plugins;
};
