import { AnyformerError } from '@anyformer/engine';
import type { Initializer } from '../contract/scope.js';
import { initializers } from './initializers.js';

/** How the weights of a whole Transformer begin: by the part they play. Biases begin at zero and gains at one everywhere. */
export interface Initialization {
  readonly name: string;
  /** Any weight that is none of those below. */
  readonly weight: Initializer;
  /** The query projection of heads of the given width. */
  query(headWidth: number): Initializer;
  /** The projection at the end of a branch, whose result is added to a residual stream of `depth` such sums. */
  residual(depth: number): Initializer;
}

const uniformly = (name: string, weight: Initializer): Initialization => ({ name, weight, query: () => weight, residual: () => weight });

const byName = {
  'xavier-uniform': () => uniformly('xavier-uniform', initializers.xavierUniform()),
  'xavier-normal': () => uniformly('xavier-normal', initializers.xavierNormal()),
  normal: () => uniformly('normal', initializers.normal(0.02)),
  'truncated-normal': () => uniformly('truncated-normal', initializers.truncatedNormal(0.02)),
  /** Variance 1 / in; queries are smaller by the square root of the head width, in place of scaled logits (Raffel et al. 2020). */
  t5: (): Initialization => ({
    name: 't5',
    weight: initializers.fanIn(),
    query: (headWidth) => initializers.fanIn(1 / Math.sqrt(headWidth)),
    residual: () => initializers.fanIn(),
  }),
  /** Normal with 0.02; what ends a branch is smaller by the square root of the number of branches (Radford et al. 2019, section 2.3). */
  gpt2: (): Initialization => ({
    name: 'gpt2',
    weight: initializers.normal(0.02),
    query: () => initializers.normal(0.02),
    residual: (depth) => initializers.normal(0.02 / Math.sqrt(depth)),
  }),
} as const;

/** A name that {@link initialization} knows. */
export type InitializationName = keyof typeof byName;

/** Names that {@link initialization} knows. */
export const initializationNames = Object.keys(byName) as [InitializationName, ...InitializationName[]];

/** An initialisation by its name in a config. */
export const initialization = (name: InitializationName): Initialization => {
  if (!Object.hasOwn(byName, name))
    throw new AnyformerError({
      code: 'parameters/initialization',
      who: 'initialization',
      given: `'${name}'`,
      accepted: initializationNames.join(', '),
      fix: 'Use one of these names, or pass an Initialization of your own.',
      exit: 2,
    });
  return byName[name]();
};
