import { AnyformerError, requireRoom, tf } from '@anyformer/engine';
import type { Initializer, Scope } from '../contract/scope.js';
import type { Shape } from '../contract/sequence.js';
import { stream } from '../random/stream.js';
import { glob } from './glob.js';
import { copied, type UnreadValues, unread } from './unread-values.js';

/** A parameter's numbers on the host, row by row. */
export interface ParameterValues {
  readonly shape: Shape;
  readonly values: Float32Array;
}

/** What loading did, by path. Only `loaded` was changed. */
export interface LoadReport {
  readonly loaded: readonly string[];
  /** Parameters without values. */
  readonly missing: readonly string[];
  /** Values without a parameter. */
  readonly unexpected: readonly string[];
  /** Same path, another shape. */
  readonly reshaped: readonly { readonly path: string; readonly given: Shape; readonly expected: Shape }[];
}

/** What a {@link ParameterStore} is made for. */
export interface ParameterStoreOptions {
  /** Model width `w`, the size every embedder must produce. */
  readonly width: number;
  readonly seed: number;
}

const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, i) => size === b[i]);
const show = (shape: Shape): string => `[${shape.join(', ')}]`;
const some = (paths: readonly string[]): string => paths.slice(0, 5).join(', ') + (paths.length > 5 ? ` and ${paths.length - 5} more` : '');

/** Fails where a parameter is larger than any tensor, or than the memory that is left: it is drawn on the host, and then copied to the engine. */
const requirePossible = (path: string, shape: Shape): void => {
  const who = `Parameter '${path}'`;
  const fix = 'Use a smaller model.';
  const size = shape.reduce((product, size) => product * size, 1);
  if (size >= 2 ** 31)
    throw new AnyformerError({ code: 'memory/shape', who, given: show(shape), accepted: 'fewer than 2^31 elements', fix });
  requireRoom(who, `${show(shape)}, twice,`, 8 * size, fix);
};

/** tfjs keeps one table of variable names for the process; a number before the path keeps models apart. */
let stores = 0;

/** The parameters of one model, by path. Their first values depend on the seed and their own path alone. */
export class ParameterStore {
  readonly width: number;
  readonly seed: number;
  readonly #parameters = new Map<string, tf.Variable>();
  readonly #prefix = `anyformer${++stores}:`;

  constructor({ width, seed }: ParameterStoreOptions) {
    this.width = width;
    this.seed = seed;
  }

  /** Every parameter in the order of creation. */
  get all(): ReadonlyMap<string, tf.Variable> {
    return this.#parameters;
  }

  /** Where the parameters under `path` are made. */
  scope(path: string): Scope {
    return {
      path,
      width: this.width,
      parameter: (name, shape, initializer) => this.#parameter(`${path}/${name}`, shape, initializer),
      child: (name) => this.scope(`${path}/${name}`),
    };
  }

  #parameter(path: string, shape: Shape, initializer: Initializer): tf.Variable {
    const known = this.#parameters.get(path);
    if (known !== undefined) {
      if (sameShape(known.shape, shape)) return known;
      throw new AnyformerError({
        code: 'parameters/shape',
        who: `Parameter '${path}'`,
        given: `shape ${show(shape)}`,
        accepted: `${show(known.shape)}, the shape it was made with`,
        fix: 'Give the two parameters different names, or the same shape if they are one.',
      });
    }
    requirePossible(path, shape);
    const values = initializer.values(shape, stream(this.seed, 'parameter', path));
    const variable = tf.tidy(() => tf.variable(tf.tensor(values, [...shape], 'float32'), true, this.#prefix + path));
    this.#parameters.set(path, variable);
    return variable;
  }

  /** Numbers under each prefix of so many parts, in the order of creation: `{ 'backbone/encoder': 1234, … }`. */
  counts(parts = 2): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const [path, { size }] of this.#parameters) {
      const prefix = path.split('/').slice(0, parts).join('/');
      counts.set(prefix, (counts.get(prefix) ?? 0) + size);
    }
    return counts;
  }

  /** How many numbers there are in all. */
  get size(): number {
    return [...this.#parameters.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Paths that one of the globs names (`backbone/**`). A glob that names none is an error. */
  frozen(globs: readonly string[]): ReadonlySet<string> {
    const frozen = new Set<string>();
    for (const pattern of globs) {
      const matching = [...this.#parameters.keys()].filter(glob(pattern));
      if (matching.length === 0)
        throw new AnyformerError({
          code: 'parameters/no-match',
          who: 'Freezing',
          given: `'${pattern}', which names no parameter`,
          accepted: `globs over paths such as ${some([...this.#parameters.keys()])}`,
          fix: "'*' stands for one part of a path, '**' for any number of them.",
          exit: 2,
        });
      for (const path of matching) frozen.add(path);
    }
    return frozen;
  }

  /** Every parameter, to be read one at a time. */
  unread(): Map<string, UnreadValues> {
    return unread(this.#parameters);
  }

  /** A copy of all numbers. */
  values(): Promise<Map<string, ParameterValues>> {
    return copied(this.unread());
  }

  /** New numbers for one parameter, row by row. */
  assign(path: string, values: Float32Array): void {
    const variable = this.#parameters.get(path);
    if (variable === undefined || variable.size !== values.length)
      throw new AnyformerError({
        code: variable === undefined ? 'parameters/unknown' : 'parameters/shape',
        who: `Parameter '${path}'`,
        given: `${values.length} numbers`,
        accepted:
          variable === undefined ? `a path such as ${some([...this.#parameters.keys()])}` : `${variable.size}, for ${show(variable.shape)}`,
      });
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape, 'float32')));
  }

  /** Takes over what fits and reports the rest. With `strict` nothing changes unless everything fits. */
  load(source: ReadonlyMap<string, ParameterValues>, { strict = false }: { readonly strict?: boolean } = {}): LoadReport {
    const known = [...this.#parameters];
    const missing = known.filter(([path]) => !source.has(path)).map(([path]) => path);
    const unexpected = [...source.keys()].filter((path) => !this.#parameters.has(path));
    const shared = known.flatMap(([path, { shape }]) => {
      const given = source.get(path)?.shape;
      return given === undefined ? [] : [{ path, given, expected: shape }];
    });
    const reshaped = shared.filter(({ given, expected }) => !sameShape(given, expected));
    const loaded = shared.filter(({ given, expected }) => sameShape(given, expected)).map(({ path }) => path);
    if (strict && missing.length + unexpected.length + reshaped.length > 0)
      throw new AnyformerError({
        code: 'parameters/mismatch',
        who: 'Loading parameters',
        given: [
          missing.length > 0 ? `no values for ${some(missing)}` : '',
          unexpected.length > 0 ? `values for unknown ${some(unexpected)}` : '',
          reshaped.length > 0
            ? some(reshaped.map(({ path, given, expected }) => `${path} as ${show(given)} in place of ${show(expected)}`))
            : '',
        ]
          .filter((part) => part !== '')
          .join('; '),
        accepted: 'exactly the parameters of this model',
        fix: 'Build the model from the config the values were stored with, or load without strict.',
      });
    for (const path of loaded) this.assign(path, source.get(path)!.values);
    return { loaded, missing, unexpected, reshaped };
  }

  /** Frees every parameter. The store is empty afterwards. */
  dispose(): void {
    for (const variable of this.#parameters.values()) variable.dispose();
    this.#parameters.clear();
  }
}
