import type { Row } from './rows.js';

/** Multiplications and additions of the matrix products of one repetition: what any implementation has to do. A causal half is not counted. */
export const operations = (row: Row): number => {
  const { kind, batch, length: l, width: w, feedForward: f, layers, outputs, beam } = row;
  const n = batch * l;
  /** Of one side's blocks, forward, in products of one number by another. */
  const blocks = (rows: number, seen: number): number => layers * rows * (4 * w * w + 2 * w * f + 2 * seen * w);
  const cross = (rows: number): number => layers * (rows * (2 * w * w + 2 * l * w) + n * 2 * w * w);
  const causal = (l + 1) / 2;
  switch (kind) {
    case 'translation-training':
      return 6 * (blocks(n, l) + blocks(n, causal) + cross(n) + n * w * outputs);
    case 'language-training':
      return 6 * (blocks(n, causal) + n * w * outputs);
    case 'translation-decoding':
      return 2 * (blocks(n, l) + blocks(n * beam, causal) + cross(n * beam) + n * beam * w * outputs);
    case 'vision':
      return 2 * (batch * (l - 1) * 768 * w + blocks(n, l) + batch * w * outputs);
    case 'vision-training':
      return 6 * (batch * (l - 1) * 768 * w + blocks(n, l) + batch * w * outputs);
    case 'product':
      return 2 * n * w * outputs;
    case 'attention':
      // forward: scores and mixture; backward: the scores again, and four products
      return 2 * 7 * n * causal * w;
  }
};
