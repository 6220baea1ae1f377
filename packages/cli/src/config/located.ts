import { AnyformerError, ConfigError, type ConfigIssue } from '@anyformer/core';
import type { ConfigFile } from './read.js';

const starts = (long: readonly string[], short: readonly string[]): boolean => short.every((part, i) => long[i] === part);

/** Who is to blame for an issue: the `--set` that wrote the value, else file:line:column. */
const blamed = ({ path }: ConfigIssue, config: ConfigFile): string => {
  if (path.length === 0) return config.file;
  const parts = path.map(String);
  const place = config.place(path);
  const wrote = config.overrides.filter(([key, value]) => {
    const set = key.split('.');
    return value !== null && (starts(parts, set) || (!place.whole && starts(set, parts)));
  });
  const last = wrote.at(-1);
  if (last) return `--set ${last[0]}=${typeof last[1] === 'object' ? JSON.stringify(last[1]) : String(last[1])}`;
  return `${config.file}:${place.line}:${place.column}`;
};

/** The part of a config that a message is about: `The task 'x': …` or `train.best: …`; nothing means the whole file. */
const subject = (message: string, { value }: ConfigFile): string[] => {
  const [, what, id] = /^(?:The )?(task|modality) '([^']+)'/i.exec(message) ?? [];
  if (what && id) return [what.toLowerCase() === 'task' ? 'tasks' : 'modalities', id];
  const path = /^([a-z]\w*(?:\.\w+)+): /.exec(message)?.[1]?.split('.') ?? [];
  return path[0] !== undefined && path[0] in value ? path : [];
};

/**
 * What went wrong in a run, as its config file's reader needs it: every issue of the schema with file:line:column or the `--set` that
 * caused it. Other errors about the config are placed by what they are about, or by `path`.
 */
export const located = (error: unknown, config: ConfigFile, path?: readonly (string | number)[]): unknown => {
  if (error instanceof ConfigError && error.file !== undefined) return error;
  if (error instanceof ConfigError && error.issues.length > 0) {
    const said = error.issues.map((issue) => {
      const place = blamed(issue, config);
      const path = issue.path.join('.');
      return { place, text: path && !issue.message.startsWith('--set') ? `${path}: ${issue.message}` : issue.message };
    });
    const [first, ...rest] = said;
    return new AnyformerError({
      code: error.code,
      who: first!.place,
      given: [first!.text, ...rest.map(({ place, text }) => `\n  ${place}: ${text}`)].join(''),
      exit: 2,
      cause: error,
    });
  }
  if (!(error instanceof AnyformerError) || error.exit !== 2) return error;
  const about = path ?? subject(error.message, config);
  if (/^(config|plugin|train)\//.test(error.code) || about.length > 0)
    return Object.assign(error, { message: `${blamed({ path: about, message: '' }, config)}: ${error.message}` });
  return error;
};
