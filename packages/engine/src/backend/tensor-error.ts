import { AnyformerError } from '../error.js';

/** A tensor of more elements than any index reaches. */
export const tooLarge = (who: string, shape: readonly number[]): AnyformerError =>
  new AnyformerError({ code: 'memory/shape', who, given: `a tensor [${shape}]`, accepted: 'fewer than 2^31 elements' });

/** A tensor of another element type than a kernel reads. */
export const wrongType = (given: string, accepted: string): AnyformerError =>
  new AnyformerError({ code: 'engine/dtype', who: 'engine', given: `a tensor of ${given}`, accepted, fix: 'Cast it first.' });

/** A tensor that was disposed. */
export const disposed = (who: string): AnyformerError =>
  new AnyformerError({ code: 'engine/disposed', who, given: 'a tensor that was disposed', fix: 'Dispose it later, or keep a clone.' });
