import type { tf } from '@anyformer/engine';
import type { Random } from '../random/random.js';
import type { Shape } from './sequence.js';

/** Fills a new parameter. A value, chosen by name or passed in: see `parameters/initializers.ts`. */
export interface Initializer {
  readonly name: string;
  /** `shape` is the parameter's; the result holds its values row by row. */
  values(shape: Shape, random: Random): Float32Array;
}

/**
 * Creates named parameters under one path (`backbone/…`, `modality/<id>/…`, `task/<id>/…`). The path is the key for optimizer slots,
 * freezing, checkpoints and importers, and seeds the parameter's own random stream. Asking twice for one path gives the same parameter:
 * sharing is explicit.
 */
export interface Scope {
  readonly path: string;
  /** Model width `w`, the size every embedder must produce. */
  readonly width: number;
  parameter(name: string, shape: Shape, initializer: Initializer): tf.Variable;
  child(name: string): Scope;
}
