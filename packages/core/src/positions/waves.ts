import type { Coordinates } from './scheme.js';

/** Cosines and sines on the host, each [rows, length, axes * frequencies]. */
export interface Waves {
  readonly cosine: Float32Array;
  readonly sine: Float32Array;
}

/** Geometric frequencies base^(-i / count), i = 0 … count - 1; with `inclusive`, base^(-i / (count - 1)), so that the last is 1 / base. */
export const frequencies = (count: number, base: number, inclusive = false): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => base ** -(i / (inclusive ? Math.max(count - 1, 1) : count)));

/** Rows kept at most: whole coordinates repeat, others may never come again. */
const most = 65_536;

/** A function from coordinates to waves. What one coordinate's waves are is computed once. */
export const waves = (rates: Float64Array): ((places: Coordinates) => Waves) => {
  const known = new Map<number, Waves>();
  const at = (coordinate: number): Waves => {
    const found = known.get(coordinate);
    if (found !== undefined) return found;
    const made = {
      cosine: Float32Array.from(rates, (rate) => Math.cos(coordinate * rate)),
      sine: Float32Array.from(rates, (rate) => Math.sin(coordinate * rate)),
    };
    if (known.size < most) known.set(coordinate, made);
    return made;
  };
  return ({ values }) => {
    const count = rates.length;
    const cosine = new Float32Array(values.length * count);
    const sine = new Float32Array(values.length * count);
    values.forEach((coordinate, i) => {
      const row = at(coordinate);
      cosine.set(row.cosine, i * count);
      sine.set(row.sine, i * count);
    });
    return { cosine, sine };
  };
};
