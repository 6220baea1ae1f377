import { AnyformerError } from '@anyformer/engine';
import { logProbabilities, type Scorer } from './scorer.js';

/** What several scorers' opinions are joined by. */
export type EnsembleMean = 'probabilities' | 'log-probabilities';

/**
 * Several scorers as one. The mean of their probabilities is a mixture: what one of them finds likely stays likely. The mean of their
 * log-probabilities is a vote in which each has a veto; a sequence's log-probability is then the mean of the members' own, and the
 * probabilities of a position add up to less than 1 where the members differ.
 */
export const ensemble = (scorers: readonly Scorer[], mean: EnsembleMean = 'probabilities'): Scorer => {
  const size = scorers[0]?.size ?? 0;
  if (scorers.length === 0 || scorers.some((scorer) => scorer.size !== size))
    throw new AnyformerError({
      code: 'decode/ensemble',
      who: 'ensemble',
      given: `scorers of ${scorers.map((scorer) => scorer.size).join(', ') || 'no'} ids`,
      accepted: 'one or more scorers of the same ids',
      fix: 'Take models that share their codec.',
      exit: 2,
    });
  const row = new Float64Array(size);
  const sum = new Float64Array(size);
  let all = new Float32Array(0);
  return {
    size,
    normalized: true,
    async advance(last) {
      const logits = await Promise.all(scorers.map((scorer) => scorer.advance(last)));
      if (all.length !== last.length * size) all = new Float32Array(last.length * size);
      for (let r = 0; r < last.length; r++) {
        sum.fill(0);
        scorers.forEach((scorer, i) => {
          logProbabilities(scorer, logits[i]!, r, row);
          for (let id = 0; id < size; id++) sum[id]! += mean === 'probabilities' ? Math.exp(row[id]!) : row[id]!;
        });
        for (let id = 0; id < size; id++)
          // rounding must not make a probability more than 1
          all[r * size + id] = Math.min(0, mean === 'probabilities' ? Math.log(sum[id]! / scorers.length) : sum[id]! / scorers.length);
      }
      return all;
    },
    async reorder(rows) {
      for (const scorer of scorers) await scorer.reorder(rows);
    },
  };
};
