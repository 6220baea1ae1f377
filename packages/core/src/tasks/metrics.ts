import type { Metric } from '../contract/metric.js';

/** The share of observations whose prediction is what was expected. */
export const accuracy = <Observation extends { readonly expected: unknown; readonly predicted: unknown }>(): Metric<Observation> => ({
  ...mean<Observation>('accuracy', 'higher', ({ expected, predicted }) => (expected === predicted ? 1 : 0)),
});

/** The mean of one number per observation; NaN before the first. */
export function mean<Observation>(
  name: string,
  better: 'higher' | 'lower',
  value: (observation: Observation) => number,
): Metric<Observation> {
  let sum = 0;
  let count = 0;
  return {
    name,
    better,
    add(observation) {
      sum += value(observation);
      count += 1;
    },
    result: () => sum / count,
  };
}
