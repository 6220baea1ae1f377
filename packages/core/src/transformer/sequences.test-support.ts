import { tf } from '@anyformer/engine';
import type { Sequence } from '../contract/sequence.js';
import { stream } from '../random/stream.js';

/** Host form of a sequence, to be cut and permuted. */
export interface Plain {
  readonly b: number;
  readonly l: number;
  readonly w: number;
  /** [b][l][w] */
  readonly rows: number[][][];
  /** [b][l] */
  readonly real: boolean[][];
  /** [l][k] */
  readonly places: number[][];
}

/** Random embeddings at the positions 0 … l - 1, all real. */
export const plain = (b: number, l: number, w: number, seed = 1): Plain => {
  const random = stream(seed, 'sequence');
  const list = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
  return {
    b,
    l,
    w,
    rows: list(b, () => list(l, () => list(w, () => random.normal()))),
    real: list(b, () => list(l, () => true)),
    places: list(l, (i) => [i]),
  };
};

/** The positions from `from` to before `to`. */
export const cut = (given: Plain, from: number, to: number): Plain => ({
  ...given,
  l: to - from,
  rows: given.rows.map((row) => row.slice(from, to)),
  real: given.real.map((row) => row.slice(from, to)),
  places: given.places.slice(from, to),
});

/** Positions in another order, contents only or with their coordinates. */
export const permuted = (given: Plain, order: readonly number[], { places = false } = {}): Plain => ({
  ...given,
  rows: given.rows.map((row) => order.map((i) => row[i]!)),
  real: given.real.map((row) => order.map((i) => row[i]!)),
  places: places ? order.map((i) => given.places[i]!) : given.places,
});

/** Rows of the batch in another order. */
export const rowsOf = (given: Plain, rows: readonly number[]): Plain => ({
  ...given,
  b: rows.length,
  rows: rows.map((i) => given.rows[i]!),
  real: rows.map((i) => given.real[i]!),
});

/** As tensors. */
export const sequence = ({ b, l, w, rows, real, places }: Plain): Sequence => ({
  embeddings: tf.tensor3d(rows.flat(2), [b, l, w]),
  mask: tf.tensor2d(real.flat(), [b, l], 'bool'),
  positions: tf.tensor3d(places.flat(), [1, l, places[0]!.length]),
});

/** Largest absolute difference. */
export const difference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const gap = Math.abs(a[i]! - b[i]!);
    if (!(gap <= worst)) worst = gap;
  }
  return worst;
};

/** What `make` computes, on the host; its tensors are freed. */
export const numbers = async (make: () => tf.Tensor): Promise<Float32Array> => {
  const tensor = tf.tidy(make);
  const values = Float32Array.from(await tensor.data());
  tensor.dispose();
  return values;
};
