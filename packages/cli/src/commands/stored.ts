import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { modelFolder, type Plugin } from '@anyformer/core';
import type { Call } from '../declaration.js';

/** The plug-ins that a stored model names, loaded as seen from where its config stood. What cannot be read is for the loader to say. */
export const pluginsOf = async (call: Call, model: string): Promise<readonly Plugin[]> => {
  let named: string[] = [];
  let directory = model;
  try {
    const stored = JSON.parse(await readFile(path.join(await modelFolder(model), 'config.json'), 'utf8'));
    if (Array.isArray(stored.plugins)) named = stored.plugins.map(String);
    if (typeof stored.directory === 'string') directory = stored.directory;
  } catch {
    // no folder, or none of ours
  }
  return call.plugins(named, [directory, model]);
};
