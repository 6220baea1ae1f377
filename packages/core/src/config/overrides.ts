import { ConfigError } from './issues.js';

/** `a.b.c` and its new value. */
export type Override = readonly [path: string, value: unknown];

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy of a config with values replaced. Sections on the way are made where there are none; `null` removes a key. */
export const applyOverrides = (config: unknown, overrides: readonly Override[]): unknown => {
  const copy: unknown = structuredClone(config);
  for (const [path, value] of overrides) {
    const parts = path.split('.');
    let here: unknown = copy;
    for (const [i, part] of parts.entries()) {
      if (!isObject(here) || part === '')
        throw new ConfigError([{ path: parts, message: `--set ${path}: '${parts.slice(0, i).join('.')}' is not a section` }]);
      if (part === '__proto__') throw new ConfigError([{ path: parts, message: `unknown key '${part}'` }]);
      if (i === parts.length - 1 && value === null) delete here[part];
      else if (i === parts.length - 1) here[part] = value;
      else if (Object.hasOwn(here, part)) here = here[part] ??= {};
      else here = here[part] = {};
    }
  }
  return copy;
};
