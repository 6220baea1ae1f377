import { dropout, type tf } from '@anyformer/engine';
import type { Pass } from '../contract/sequence.js';
import { seedOf } from '../random/seed.js';

/** Dropout at a named place, in training only; the place and the pass make the seed. [...] -> [...] */
export const drop = (x: tf.Tensor, rate: number, pass: Pass, place: string): tf.Tensor =>
  pass.training && rate > 0 ? dropout(x, rate, seedOf(pass.seed, 'dropout', place)) : x;

/** Whether a whole layer is left out of this pass (Fan et al. 2020). */
export const dropped = (rate: number, pass: Pass, place: string): boolean =>
  pass.training && rate > 0 && seedOf(pass.seed, 'layer-drop', place) < rate * 2 ** 32;
