import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { AnyformerError, applyOverrides, type Override } from '@anyformer/core';
import { type Document, LineCounter, parseDocument } from 'yaml';
import { type Place, placeOf } from './place.js';

/** A config file as it was written, with `--set` applied, and where in the file everything stands. */
export interface ConfigFile {
  readonly file: string;
  /** Folder from which relative paths start. */
  readonly directory: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly overrides: readonly Override[];
  /** Where a path, or the nearest part of it that there is, is written. */
  place(path: readonly (string | number)[]): Place;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EISDIR: 'a folder',
  EACCES: 'a file that may not be read',
};

const unreadable = (file: string, error: NodeJS.ErrnoException): AnyformerError =>
  new AnyformerError({
    code: 'config/unreadable',
    who: file,
    given: reasons[error.code ?? ''] ?? error.message,
    accepted: 'a config file in YAML or JSON',
    fix: error.code === 'EISDIR' ? 'Name the config file in it; a trained model is read by evaluate.' : 'Check the path.',
    exit: 2,
    cause: error,
  });

/** Parses YAML 1.2, of which JSON is a part; what is wrong is an error with file:line:column. */
const parse = (file: string, text: string): { document: Document; lines: LineCounter; value: unknown } => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [problem] = [...document.errors, ...document.warnings];
  const fail = (who: string, given: string): never => {
    throw new AnyformerError({ code: 'config/syntax', who, given, accepted: 'YAML 1.2 or JSON', exit: 2 });
  };
  if (problem) {
    const { line, col } = lines.linePos(problem.pos[0]);
    const said = problem.message.replace(/\.$/, '');
    fail(`${file}:${line}:${col}`, problem.code === 'DUPLICATE_KEY' ? 'this key is there twice' : said);
  }
  try {
    return { document, lines, value: document.toJS({ maxAliasCount: 100 }) };
  } catch (error) {
    return fail(file, (error as Error).message);
  }
};

/** `a.b=c` as a path and a YAML value. */
export const parseOverride = (given: string): Override => {
  const fail = (what: string): never => {
    throw new AnyformerError({
      code: 'config/set',
      who: `--set ${given}`,
      given: what,
      accepted: 'path=value, such as checkpoint.every=50',
      exit: 2,
    });
  };
  const at = given.indexOf('=');
  const key = given.slice(0, Math.max(0, at)).trim();
  if (at < 0) fail("no '='");
  if (key === '' || key.split('.').includes('')) fail('an incomplete path');
  const document = parseDocument(given.slice(at + 1), { prettyErrors: false });
  if (document.errors[0]) fail(document.errors[0].message.replace(/\.$/, ''));
  return [key, document.toJS()];
};

/** Reads a config. Nothing is checked yet but that it is one: see {@link located} for what the schema finds. */
export const readConfig = async (file: string, sets: readonly string[] = []): Promise<ConfigFile> => {
  const overrides = sets.map(parseOverride);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw unreadable(file, error as NodeJS.ErrnoException);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new AnyformerError({
      code: 'config/not-utf-8',
      who: file,
      given: 'bytes that are not UTF-8',
      accepted: 'YAML or JSON in UTF-8',
      exit: 2,
    });
  }
  const { document, lines, value } = parse(file, text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new AnyformerError({
      code: 'config/not-a-mapping',
      who: file,
      given: value === null ? 'an empty file' : Array.isArray(value) ? 'a list' : JSON.stringify(value).slice(0, 60),
      accepted: 'the sections modalities, tasks, model and train',
      fix: 'Start from one under configs/.',
      exit: 2,
    });
  const directory = path.dirname(path.resolve(file));
  const changed = applyOverrides(value, overrides) as Record<string, unknown>;
  return {
    file,
    directory,
    value: typeof changed.directory === 'string' ? { ...changed, directory: path.resolve(directory, changed.directory) } : changed,
    overrides,
    place: (at) => placeOf(document, lines, at),
  };
};
