import { type Plugin, parseConfig, type RunConfig, runConfig } from '@anyformer/core';
import type { Call } from '../declaration.js';
import { located } from './located.js';
import { type ConfigFile, readConfig } from './read.js';

/** A config whose own schema is met, and the plug-ins it needs. Options of kinds are checked when the run is put together. */
export interface CheckedConfig {
  readonly config: ConfigFile;
  readonly parsed: RunConfig;
  readonly plugins: readonly Plugin[];
}

/** Reads a config, checks it and loads its plug-ins. Errors say file:line:column. */
export const checkedConfig = async (call: Call, file: string, sets: readonly string[] = []): Promise<CheckedConfig> => {
  const config = await readConfig(file, sets);
  let parsed: RunConfig;
  try {
    parsed = parseConfig<RunConfig>(runConfig, config.value);
  } catch (error) {
    throw located(error, config);
  }
  let plugins = await call.plugins();
  for (const i of parsed.plugins.keys()) {
    try {
      plugins = await call.plugins(parsed.plugins.slice(0, i + 1), [config.directory]);
    } catch (error) {
      throw located(error, config, ['plugins', i]);
    }
  }
  return { config, parsed: { ...parsed, directory: parsed.directory ?? config.directory }, plugins };
};
