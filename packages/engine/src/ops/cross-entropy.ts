import { kernelBackend } from '../backend/kernel-backend.js';
import { AnyformerError } from '../error.js';
import { record, recording } from '../tape/record.js';
import * as tf from '../tf.js';
import { labelOutOfRange, requireLabelsBelow } from './ids.js';
import { shapeError } from './shape-error.js';

/** Options of {@link crossEntropy}. */
export interface CrossEntropyOptions {
  /** e in [0, 1): the share of the target spread evenly over all classes (Szegedy et al. 2016; as in PyTorch). */
  labelSmoothing?: number | undefined;
}

/** Fails unless 0 <= smoothing < 1. */
export function requireSmoothing(smoothing: number): void {
  if (smoothing >= 0 && smoothing < 1) return;
  throw new AnyformerError({
    code: 'cross-entropy/smoothing',
    who: 'label smoothing',
    given: `${smoothing}`,
    accepted: '0 <= e < 1',
    exit: 2,
  });
}

/** A loss as what it adds up and how much it weighs; the mean is `sum / weight`. */
export interface SumAndWeight {
  sum: tf.Scalar;
  weight: tf.Scalar;
}

/**
 * Softmax cross entropy: `(1 - e) * nll + e/v * sum of nll over all classes`, added over the rows whose label is not negative.
 * `logits` [n, v], `labels` int32 [n] -> `{ sum, weight }`, scalars; the weight is the number of rows counted.
 * Throws `cross-entropy/shape`, `cross-entropy/label-out-of-range`, `cross-entropy/smoothing`.
 */
export function crossEntropy(logits: tf.Tensor, labels: tf.Tensor, options: CrossEntropyOptions = {}): SumAndWeight {
  const smoothing = options.labelSmoothing ?? 0;
  requireSmoothing(smoothing);
  const [n, v] = logits.shape as [number, number];
  if (logits.shape.length !== 2 || labels.shape.length !== 1 || labels.size !== n)
    throw shapeError('crossEntropy', { logits, labels }, 'logits [n, v], labels [n]');
  const backend = kernelBackend('crossEntropy');
  if (!backend) return referenceCrossEntropy(logits, labels, smoothing);
  const { call } = backend;
  const stats = backend.tensor([n, 3]);
  const sum = backend.tensor([]) as tf.Scalar;
  const weight = backend.tensor([]) as tf.Scalar;
  const x = backend.floats(logits);
  const y = backend.ints(labels);
  const wrong = call.cross_entropy(n, v, smoothing, x, y, backend.floats(stats), backend.floats(sum), backend.floats(weight));
  if (wrong >= 0) {
    tf.dispose([stats, sum, weight]);
    throw labelOutOfRange(labels.dataSync()[wrong]!, v);
  }
  if (recording())
    record(backend, {
      name: 'CrossEntropy',
      inputs: { logits },
      output: sum,
      save: [logits, labels, stats],
      gradient: (dy, [logits, labels, stats]) => ({
        logits: () => {
          // The logits are the largest tensor of a step: where nobody else holds them their gradient takes their place.
          const dlogits = backend.isUnshared(logits) ? backend.alias(logits) : backend.tensor(logits.shape);
          const x = backend.floats(logits);
          call.cross_entropy_backward(
            n,
            v,
            smoothing,
            x,
            backend.ints(labels),
            backend.floats(stats),
            backend.floats(dy),
            backend.floats(dlogits),
          );
          return dlogits;
        },
      }),
    });
  stats.dispose();
  return { sum, weight };
}

/** {@link crossEntropy} as a composition of stock ops. */
export function referenceCrossEntropy(logits: tf.Tensor, labels: tf.Tensor, labelSmoothing: number): SumAndWeight {
  const v = logits.shape[1]!;
  requireLabelsBelow(v, labels);
  return tf.tidy(() => {
    const counted = tf.cast(tf.greaterEqual(labels, 0), 'float32'); // [n]
    const logProbabilities = tf.logSoftmax(logits as tf.Tensor2D); // [n, v]
    // Picked, not multiplied by zeros and ones: a class that is out of the question has a logarithm of -Infinity.
    const isLabel = tf.equal(tf.expandDims(tf.cast(labels, 'int32'), 1), tf.range(0, v, 1, 'int32')); // [n, v]
    const picked = tf.sum(tf.where(isLabel, logProbabilities, tf.zerosLike(logProbabilities)), 1); // [n]
    const nll = tf.mul(picked, labelSmoothing - 1);
    const rows = labelSmoothing === 0 ? nll : tf.sub(nll, tf.mul(tf.sum(logProbabilities, 1), labelSmoothing / v)); // [n]
    return { sum: tf.sum(tf.mul(rows, counted)) as tf.Scalar, weight: tf.sum(counted) as tf.Scalar };
  });
}
