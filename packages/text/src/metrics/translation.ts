import { type Generated, type Metric, mean } from '@anyformer/core';
import { Bleu, type BleuOptions } from './bleu.js';
import { Chrf, type ChrfOptions } from './chrf.js';

/** What the metrics here look at: a written string and the string expected. */
export type Translated = Pick<Generated, 'hypothesis' | 'expected' | 'foretold'>;

const sides = ({ hypothesis, expected }: Translated): [string, string[]] => [String(hypothesis ?? ''), [String(expected)]];

/** BLEU with its signature. */
export const bleuMetric = (options: BleuOptions = {}): Metric<Translated> => {
  const bleu = new Bleu(options);
  return {
    name: 'bleu',
    better: 'higher',
    add: (observation) => bleu.add(...sides(observation)),
    result: () => bleu.result().score,
    details: () => ({ signature: bleu.signature, ...bleu.result() }),
  };
};

/** chrF, or chrF++ with `wordOrder: 2`, with its signature. */
export const chrfMetric = (options: ChrfOptions = {}): Metric<Translated> => {
  const chrf = new Chrf(options);
  return {
    name: options.wordOrder === 2 ? 'chrf++' : 'chrf',
    better: 'higher',
    add: (observation) => chrf.add(...sides(observation)),
    result: () => chrf.result(),
    details: () => ({ signature: chrf.signature }),
  };
};

/** Share of hypotheses that are the expected string, to the letter. */
export const exactMatch = (): Metric<Translated> =>
  mean('exact', 'higher', ({ hypothesis, expected }) => (hypothesis === expected ? 1 : 0));

/** Share of positions foretold right, given the true ones before. */
export const tokenAccuracy = (): Metric<Translated> => {
  let correct = 0;
  let positions = 0;
  return {
    name: 'token-accuracy',
    better: 'higher',
    add({ foretold }) {
      correct += foretold.correct;
      positions += foretold.positions;
    },
    result: () => correct / positions,
  };
};

/** exp of the mean negative log-probability per position, given the true ones before. */
export const perplexity = (): Metric<Translated> => {
  let nll = 0;
  let positions = 0;
  return {
    name: 'perplexity',
    better: 'lower',
    add({ foretold }) {
      nll += foretold.nll;
      positions += foretold.positions;
    },
    result: () => Math.exp(nll / positions),
  };
};
