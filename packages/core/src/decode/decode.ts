import { AnyformerError } from '@anyformer/engine';
import { beamSearch } from './beam.js';
import { type DecodeOptions, type DecodeRequest, resolveDecode } from './options.js';
import type { Scorer, Written } from './scorer.js';
import { stepwise } from './stepwise.js';

const requireIds = (what: string, ids: Iterable<number>, size: number): void => {
  for (const id of ids)
    if (!(Number.isInteger(id) && id >= 0 && id < size))
      throw new AnyformerError({
        code: 'decode/id',
        who: 'Decoding',
        given: `${what} ${id}`,
        accepted: `an id of 0 … ${size - 1}`,
        exit: 2,
      });
};

/**
 * Writes a sequence for each example: greedy, sampled or by beam, as the options say. Gives the best `nBest` per example, best first.
 * The scorer has one row per example to begin with and is used up.
 */
export const decode = async (scorer: Scorer, options: DecodeOptions, request: DecodeRequest): Promise<Written[][]> => {
  const config = resolveDecode(options);
  requireIds('the end id', request.endIds, scorer.size);
  requireIds('the forbidden id', request.never ?? [], scorer.size);
  for (const sequence of request.suppressed ?? []) requireIds('the forbidden id', sequence, scorer.size);
  for (const prefix of request.prefixes ?? []) requireIds('the forced id', prefix ?? [], scorer.size);
  if (request.examples === 0) return [];
  return config.sample || config.beam === 1 ? stepwise(scorer, config, request) : beamSearch(scorer, config, request);
};
