import type { Vector } from './vectors.test-support.js';

/** Vectors that are not run, and why. */
export interface Exclusion {
  why: string;
  holds(vector: Vector): boolean;
}

const recurrent = new Set(['GRU', 'LSTM', 'RNN']);
const held = /^(float(16|32|64)|u?int(8|16|32|64)|bool)$/;

/** Everything else has to pass. */
export const exclusions: readonly Exclusion[] = [
  { why: 'a recurrent network is no op of this package', holds: ({ op }) => recurrent.has(op) },
  {
    why: 'dropout draws from a hash of (seed, element), the vectors from the generator of numpy',
    holds: ({ op, test }) => op === 'Dropout' && /^test_training_dropout/.test(test) && !/zero_ratio/.test(test),
  },
  {
    why: 'einsum of tfjs has neither an ellipsis, nor a diagonal, nor scalars',
    holds: ({ op, attributes }) => {
      if (op !== 'Einsum') return false;
      const terms = (attributes.equation as string).replaceAll(' ', '').split('->')[0]!.split(',');
      return terms.some((term) => term === '' || term.includes('.') || new Set(term).size < term.length);
    },
  },
  {
    why: 'a tensor here is float32, int32 or bool',
    holds: ({ inputs, outputs }) => [...inputs, ...outputs].some(({ dtype }) => !held.test(dtype)),
  },
];
