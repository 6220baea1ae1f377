import type { Initializer, Scope } from '../contract/scope.js';
import type { Initialization } from '../parameters/initialization.js';

/** Where a layer is built. */
export interface Site {
  /** Where its parameters go. */
  readonly scope: Scope;
  /** Its path in the backbone, under which it is recorded: `encoder/block0`. */
  readonly path: string;
  /** Any weight that is none of those below. */
  readonly weight: Initializer;
  /** The weight of a query projection, by the width of its heads. */
  query(headWidth: number): Initializer;
  /** The weight at the end of a residual branch. */
  readonly residual: Initializer;
  child(name: string): Site;
}

/** A site at the head of a stack with `depth` residual branches. */
export const siteOf = (scope: Scope, path: string, initialization: Initialization, depth: number): Site => ({
  scope,
  path,
  weight: initialization.weight,
  query: (headWidth) => initialization.query(headWidth),
  residual: initialization.residual(depth),
  child: (name) => siteOf(scope.child(name), `${path}/${name}`, initialization, depth),
});
