import { AnyformerError } from '@anyformer/engine';
import type { Sequence } from '../contract/sequence.js';

const wrong = (who: string, given: string, accepted: string): AnyformerError =>
  new AnyformerError({ code: 'model/sequence', who, given, accepted, fix: 'See Sequence in the contract.' });

/** The same sequence, or an error that says what an embedder made and what the model needs. */
export const checkSequence = (sequence: Sequence, width: number, who: string): Sequence => {
  const { embeddings, mask, positions, bias } = sequence;
  const [b, l, w] = embeddings.shape;
  if (embeddings.rank !== 3 || w !== width)
    throw wrong(who, `made embeddings of shape [${embeddings.shape}]`, `[b, l, ${width}]: the last size must be the model width ${width}`);
  if (mask.rank !== 2 || mask.shape[0] !== b || mask.shape[1] !== l || mask.dtype !== 'bool')
    throw wrong(who, `made a ${mask.dtype} mask of shape [${mask.shape}]`, `bool [${b}, ${l}], to match its embeddings`);
  const [rows, places] = positions.shape;
  if (positions.rank !== 3 || (rows !== 1 && rows !== b) || places !== l || positions.dtype !== 'float32')
    throw wrong(who, `made ${positions.dtype} positions of shape [${positions.shape}]`, `float32 [1 or ${b}, ${l}, coordinates]`);
  if (bias === undefined) return sequence;
  const [biasRows, , queries, keys] = bias.shape;
  if (bias.rank !== 4 || (biasRows !== 1 && biasRows !== b) || queries !== l || (keys ?? 0) < l)
    throw wrong(who, `made a bias of shape [${bias.shape}]`, `[1 or ${b}, 1 or heads, ${l}, ${l}]`);
  return sequence;
};
