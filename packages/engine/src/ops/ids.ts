import { AnyformerError } from '../error.js';
import type * as tf from '../tf.js';

/**
 * Fails unless every id lies in [0, v). Reading ids needs a synchronous backend; ids are host data that were just written, so on the
 * engines here nothing is waited for.
 */
export function requireIdsBelow(v: number, ids: tf.Tensor): void {
  for (const id of ids.dataSync<'int32'>()) if (id < 0 || id >= v) throw idOutOfRange(id, v);
}

/** The error for an id outside an embedding table of `v` rows. */
export function idOutOfRange(id: number, v: number): AnyformerError {
  return new AnyformerError({
    code: 'embedding/id-out-of-range',
    who: 'embedding',
    given: `id ${id}`,
    accepted: `0 <= id < ${v}, the rows of the table`,
    fix: 'Check that the codec that made the ids belongs to this model.',
  });
}

/** Fails unless every label is below v; a negative label means "ignored". */
export function requireLabelsBelow(v: number, labels: tf.Tensor): void {
  for (const label of labels.dataSync<'int32'>()) if (label >= v) throw labelOutOfRange(label, v);
}

/** The error for a label outside the classes. */
export function labelOutOfRange(label: number, v: number): AnyformerError {
  return new AnyformerError({
    code: 'cross-entropy/label-out-of-range',
    who: 'crossEntropy',
    given: `label ${label}`,
    accepted: `a label below ${v}, the number of classes, or a negative one for a row to ignore`,
    fix: 'Check that the codec that made the labels belongs to this model.',
  });
}
