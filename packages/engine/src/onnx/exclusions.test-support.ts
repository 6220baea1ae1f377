import type { Vector } from './vectors.test-support.js';

/** Vectors that are not run, and why. */
export interface Exclusion {
  why: string;
  holds(vector: Vector): boolean;
}

const recurrent = new Set(['GRU', 'LSTM', 'RNN']);
const held = /^(b?float16|float(32|64)|u?int(8|16|32|64)|bool)$/;

/** Everything else has to pass. */
export const exclusions: readonly Exclusion[] = [
  { why: 'a recurrent network is no op of this package', holds: ({ op }) => recurrent.has(op) },
  {
    why: 'a tensor here is float32, int32 or bool',
    holds: ({ inputs, outputs }) => [...inputs, ...outputs].some(({ dtype }) => !held.test(dtype)),
  },
];
