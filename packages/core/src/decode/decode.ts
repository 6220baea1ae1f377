import { beamSearch } from './beam.js';
import { type DecodeOptions, type DecodeRequest, resolveDecode } from './options.js';
import type { Scorer, Written } from './scorer.js';
import { stepwise } from './stepwise.js';

/**
 * Writes a sequence for each example: greedy, sampled or by beam, as the options say. Gives the best `nBest` per example, best first.
 * The scorer has one row per example to begin with and is used up.
 */
export const decode = async (scorer: Scorer, options: DecodeOptions, request: DecodeRequest): Promise<Written[][]> => {
  const config = resolveDecode(options);
  if (request.examples === 0) return [];
  return config.sample || config.beam === 1 ? stepwise(scorer, config, request) : beamSearch(scorer, config, request);
};
