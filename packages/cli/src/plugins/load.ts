import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { AnyformerError, apiVersion, isPlugin, type Plugin } from '@anyformer/core';
import { nearest } from '@anyformer/engine';
import { importTypescript } from './typescript.js';
import { pluginSpecifier } from './typescript-source.js';

const isPath = (entry: string): boolean => /^(\.{1,2}\/|\/|file:|[A-Za-z]:[\\/])/.test(entry) || /\.m?[jt]s$/.test(entry);

const list = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

/** Packages that somebody in `folder` could import. */
const packagesFrom = (folder: string): string[] => {
  const modules = path.join(folder, 'node_modules');
  const here = list(modules).flatMap((name) =>
    name.startsWith('@') ? list(path.join(modules, name)).map((one) => `${name}/${one}`) : [name],
  );
  const parent = path.dirname(folder);
  return parent === folder ? here : [...here, ...packagesFrom(parent)];
};

const unknown = (entry: string, tried: readonly string[], known: readonly string[]): AnyformerError => {
  const near = nearest(entry, known);
  return new AnyformerError({
    code: 'plugin/unknown',
    who: `The plug-in '${entry}'`,
    given: `not found; tried ${tried.join(', ')}`,
    accepted: 'the name of an installed package, or a path to a file that begins with ./',
    fix: near ? `Did you mean '${near}'?` : isPath(entry) ? 'Check the path.' : `Install it: npm install ${entry}`,
    exit: 2,
  });
};

/** Where a plug-in's file or package is, as something to import. */
const locate = (entry: string, folders: readonly string[]): readonly string[] => {
  if (!isPath(entry)) return folders.map((folder) => pluginSpecifier(entry, `${pathToFileURL(folder).href.replace(/\/?$/, '/')}`));
  const files = folders.map((folder) => (entry.startsWith('file:') ? fileURLToPath(entry) : path.resolve(folder, entry)));
  const found = files.find((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
  if (found === undefined) {
    const near = files.flatMap((file) => list(path.dirname(file)).map((name) => `${path.dirname(entry)}/${name}`));
    throw unknown(entry, [...new Set(files)], near);
  }
  return [pathToFileURL(found).href];
};

const isMissing = (error: unknown, entry: string): boolean => {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${entry}'`);
};

const said = (error: unknown): string => (error instanceof Error ? error.message.split('\n')[0]! : String(error));

const importFrom = async (entry: string, folders: readonly string[]): Promise<{ readonly default?: unknown }> => {
  for (const specifier of locate(entry, folders)) {
    try {
      return await import(specifier);
    } catch (error) {
      if (!isPath(entry) && isMissing(error, entry)) continue;
      if (error instanceof AnyformerError) throw error;
      throw new AnyformerError({
        code: 'plugin/failed',
        who: `The plug-in '${entry}'`,
        given: `it failed while it was loaded: ${said(error)}`,
        fix: 'ANYFORMER_DEBUG=1 shows where.',
        exit: 2,
        cause: error,
      });
    }
  }
  const tried = folders.map((folder) => path.join(folder, 'node_modules'));
  throw unknown(entry, [...new Set(tried)], folders.flatMap(packagesFrom));
};

/** Checks what a module exports by default. */
export const requirePlugin = (entry: string, exported: unknown): Plugin => {
  if (!isPlugin(exported))
    throw new AnyformerError({
      code: 'plugin/not-a-plugin',
      who: `The plug-in '${entry}'`,
      given: exported === undefined ? 'no default export' : 'a default export that is not a plug-in',
      accepted: 'export default definePlugin({ name, apiVersion, … })',
      exit: 2,
    });
  if (exported.apiVersion !== apiVersion)
    throw new AnyformerError({
      code: 'plugin/api-version',
      who: `The plug-in '${entry}'`,
      given: `written for version ${exported.apiVersion} of the plug-in contract`,
      accepted: `version ${apiVersion}`,
      fix: exported.apiVersion > apiVersion ? 'Install a newer anyformer.' : 'Install a newer version of the plug-in.',
      exit: 2,
    });
  return exported;
};

/** Loads a plug-in: a package or a path, as seen from the first of some folders that has it. TypeScript needs no build. */
export const loadPlugin = async (entry: string, folders: readonly string[]): Promise<Plugin> => {
  importTypescript();
  const loaded = await importFrom(entry, folders);
  return requirePlugin(entry, loaded.default);
};
