import { AnyformerError } from '../error.js';
import type * as tf from '../tf.js';

/**
 * The error for tensors that do not fit together: `crossEntropy` gets the code `cross-entropy/shape`. Every op checks on every engine: a kernel
 * would read what lies behind a tensor that is too small.
 */
export const shapeError = (op: string, tensors: Readonly<Record<string, tf.Tensor | undefined>>, accepted: string): AnyformerError =>
  new AnyformerError({
    code: `${op.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}/shape`,
    who: op,
    given: Object.entries(tensors)
      .flatMap(([name, t]) => (t ? [`${name} [${t.shape}]`] : []))
      .join(', '),
    accepted,
  });
