import type { tf } from '@anyformer/engine';
import type { Scope } from '../contract/scope.js';

/** Coordinates on the host, [rows, length, axes] row by row; one row stands for every row of the batch. */
export interface Coordinates {
  readonly rows: number;
  readonly length: number;
  readonly axes: number;
  readonly values: Float32Array;
}

/** What a scheme does in one stack. It may do any of the three, or nothing. */
export interface Positions {
  /** Most positions of a sequence that it has places for; any number unless said. */
  readonly limit?: number;
  /** Adds to what enters the stack: [b, l, w] -> [b, l, w]. */
  embed?(embeddings: tf.Tensor3D, places: Coordinates): tf.Tensor3D;
  /** Turns queries and keys before they meet: [b, l, h * d] -> [b, l, h * d], the same in every block. */
  rotation?(places: Coordinates): (x: tf.Tensor3D, heads: number) => tf.Tensor3D;
  /** Added to the attention logits of every block: [1 | b, h, l, s] for l queries and s keys. */
  bias?(queries: Coordinates, keys: Coordinates): tf.Tensor4D;
}

/** The stack a scheme is built for. */
export interface PositionSite {
  /** Where its parameters go. */
  readonly scope: Scope;
  readonly heads: number;
  /** Width `d` of one head's queries and keys. */
  readonly headWidth: number;
  /** Whether a position sees only earlier ones. */
  readonly causal: boolean;
}

/** How positions enter a stack. A value: passed in, not named. */
export interface PositionScheme {
  readonly name: string;
  build(site: PositionSite): Positions;
}

/** No positions at all: the stack sees a set. */
export const noPositions = (): PositionScheme => ({ name: 'none', build: () => ({}) });

/**
 * The coordinates of a sequence, [1 | b, l, k]. They are host data that an embedder has just written, so that reading them at once waits
 * for no device.
 */
export const coordinatesOf = (positions: tf.Tensor3D): Coordinates => {
  const [rows, length, axes] = positions.shape;
  return { rows, length, axes, values: positions.dataSync<'float32'>() };
};
