import type { Bench } from './bench.js';

/** A promise the modality does not keep. */
export interface Fault {
  readonly check: string;
  readonly message: string;
}

/** One promise of the contract. `run` throws an error whose message says what is wrong and where to look. */
export interface Check {
  readonly name: string;
  run(bench: Bench): Promise<void>;
}

/** Largest absolute difference over the first `length` numbers. */
export const distance = (a: Float32Array, b: Float32Array, length = a.length): number => {
  let largest = 0;
  for (let i = 0; i < length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return Number.isNaN(largest) ? Number.POSITIVE_INFINITY : largest;
};
