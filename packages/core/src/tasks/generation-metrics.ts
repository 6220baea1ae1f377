import type { Metric } from '../contract/metric.js';
import type { Generated } from './generation-model.js';

type Observed = Pick<Generated, 'foretold' | 'hypothesis' | 'expected'>;

/** A quotient of two sums over observations; NaN before the first. */
const quotient = (
  name: string,
  better: 'higher' | 'lower',
  parts: (observation: Observed) => readonly [number, number],
  from: (ratio: number) => number = (ratio) => ratio,
): Metric<Observed> => {
  let above = 0;
  let below = 0;
  return {
    name,
    better,
    add(observation) {
      const [a, b] = parts(observation);
      above += a;
      below += b;
    },
    result: () => from(above / below),
  };
};

/** e to the mean negative log-probability of a position of the expected outputs, the true ones before it given. */
export const perplexity = (): Metric<Observed> =>
  quotient('perplexity', 'lower', ({ foretold }) => [foretold.nll, foretold.positions], Math.exp);

/** Share of positions of the expected outputs whose likeliest id is the right one, the true ones before it given. */
export const positionAccuracy = (): Metric<Observed> =>
  quotient('position-accuracy', 'higher', ({ foretold }) => [foretold.correct, foretold.positions]);

/** Share of observations whose best hypothesis is the expected output: the same by `equal`, which compares JSON unless said. */
export const exactMatch = (
  equal: (hypothesis: unknown, expected: unknown) => boolean = (a, b) => JSON.stringify(a) === JSON.stringify(b),
): Metric<Observed> => quotient('exact-match', 'higher', ({ hypothesis, expected }) => [equal(hypothesis, expected) ? 1 : 0, 1]);
