import { type KernelBackend, kernelBackend } from '../backend/kernel-backend.js';
import { record, recording } from '../tape/record.js';
import * as tf from '../tf.js';
import { type CrossEntropyOptions, referenceCrossEntropy, requireSmoothing, type SumAndWeight } from './cross-entropy.js';
import { labelOutOfRange } from './ids.js';
import { scaleInPlace } from './in-place.js';
import { referenceLinear } from './linear.js';
import { shapeError } from './shape-error.js';

/** What {@link linearCrossEntropy} does besides. */
export interface LinearCrossEntropyOptions extends CrossEntropyOptions {
  /** [v], added to the logits. */
  bias?: tf.Tensor1D | undefined;
}

/**
 * Logits at a time, 32 MB: with fewer of them a product packs the table more often than memory is worth (measured at 8,000 classes: 8 MB cost
 * 4 to 10 % of the time, 16 MB up to 7 %, 32 MB nothing).
 */
const logitsAtOnce = 1 << 23;
/** Rows come in blocks as deep as a product sums at once, and never in fewer: from 32,768 classes on this decides. */
const rowsAtOnce = 256;

/**
 * `crossEntropy(linear(hidden, table, { transposed: true, bias }), labels)` without the logits ever being there as a whole: they exist for
 * some hundred rows at a time. `hidden` [n, w], `table` [v, w], `labels` int32 [n] (negative: not counted) -> `{ sum, weight }`, scalars.
 *
 * The loss is linear in the gradient that comes back to it, so where one is wanted it is made on the way forward, while the logits are
 * there, and scaled later: three products in all, none of them twice. It costs as much memory as the gradients of `hidden` and `table`, which
 * are due next anyway. Throws `linear-cross-entropy/shape`, `cross-entropy/label-out-of-range`,
 * `cross-entropy/smoothing`.
 */
export function linearCrossEntropy(
  hidden: tf.Tensor,
  table: tf.Tensor,
  labels: tf.Tensor,
  options: LinearCrossEntropyOptions = {},
): SumAndWeight {
  const [n, w] = hidden.shape as [number, number];
  const v = table.shape[0]!;
  if (
    hidden.shape.length !== 2 ||
    table.shape.length !== 2 ||
    table.shape[1] !== w ||
    labels.shape.length !== 1 ||
    labels.size !== n ||
    (options.bias && !tf.util.arraysEqual(options.bias.shape, [v]))
  )
    throw shapeError(
      'linearCrossEntropy',
      { hidden, table, labels, bias: options.bias },
      'hidden [n, w], table [v, w], labels [n], bias [v]',
    );
  requireSmoothing(options.labelSmoothing ?? 0);
  const backend = kernelBackend('linearCrossEntropy');
  if (!backend) return referenceLinearCrossEntropy(hidden, table, labels, options);
  const gradients = recording() ? gradientsOf(backend, n, w, v, options.bias !== undefined) : undefined;
  const { sum, weight } = inBlocks(backend, hidden, table, labels, options, gradients);
  if (gradients) {
    const { hidden: dhidden, table: dtable, bias: dbias } = gradients;
    record(backend, {
      name: 'LinearCrossEntropy',
      inputs: { hidden, table, bias: options.bias },
      output: sum,
      save: [dhidden, dtable, dbias],
      gradient: (dy, [dhidden, dtable, dbias]) => {
        const [factor] = dy.dataSync();
        // The saved tensors are this node's own, and it is passed once: they become the gradients.
        const scaled = (gradient: tf.Tensor) => () => {
          scaleInPlace(gradient, factor!);
          return backend.alias(gradient);
        };
        return { hidden: scaled(dhidden), table: scaled(dtable), bias: scaled(dbias ?? dtable) };
      },
    });
    tf.dispose([dhidden, dtable, dbias].filter((gradient) => gradient !== undefined));
  }
  return { sum, weight };
}

/** Gradients at a slope of one. */
interface Gradients {
  hidden: tf.Tensor;
  table: tf.Tensor;
  bias: tf.Tensor | undefined;
}

function gradientsOf(backend: KernelBackend, n: number, w: number, v: number, withBias: boolean): Gradients {
  return { hidden: backend.tensor([n, w]), table: backend.tensor([v, w]), bias: withBias ? backend.tensor([v]) : undefined };
}

/** The loss, block of rows by block; fills the gradients where there are any. */
function inBlocks(
  backend: KernelBackend,
  hidden: tf.Tensor,
  table: tf.Tensor,
  labels: tf.Tensor,
  { bias, labelSmoothing: smoothing = 0 }: LinearCrossEntropyOptions,
  gradients: Gradients | undefined,
): SumAndWeight {
  const { call } = backend;
  const [n, w] = hidden.shape as [number, number];
  const v = table.shape[0]!;
  const most = Math.min(n, rowsAtOnce * Math.max(1, Math.floor(logitsAtOnce / rowsAtOnce / Math.max(v, 1))));
  const logits = backend.tensor([most, v]);
  const stats = backend.tensor([most, 3]);
  const parts = [backend.tensor([2]), backend.tensor([v])] as const;
  const one = backend.scalar(1);
  const [z, kept, part, columns] = [backend.floats(logits), backend.floats(stats), backend.floats(parts[0]), backend.floats(parts[1])];
  const [x, rows, ids, shift] = [backend.floats(hidden), backend.floats(table), backend.ints(labels), bias ? backend.floats(bias) : 0];
  const slope = backend.floats(one);
  let [total, counted] = [0, 0];
  let wrong = -1;
  if (gradients && n === 0)
    for (const gradient of [gradients.table, gradients.bias]) if (gradient) call.fill(gradient.size, 0, backend.floats(gradient));
  for (let first = 0; first < n && wrong < 0; first += most) {
    const m = Math.min(most, n - first);
    const [at, label] = [x + 4 * first * w, ids + 4 * first];
    call.matmul(0, 1, m, v, w, at, rows, z, shift, 0, 0); // [m, v]
    const outside = call.cross_entropy(m, v, smoothing, z, label, kept, part, part + 4);
    if (outside >= 0) wrong = first + outside;
    const [sum, weight] = parts[0].dataSync<'float32'>();
    total += sum!;
    counted += weight!;
    if (!gradients || wrong >= 0) continue;
    const add = first > 0;
    const table = backend.floats(gradients.table);
    call.cross_entropy_backward(m, v, smoothing, z, label, kept, slope, z); // [m, v]
    call.matmul(0, 0, m, w, v, z, rows, backend.floats(gradients.hidden) + 4 * first * w, 0, 0, 0); // [m, w]
    call.matmul(1, 0, v, w, m, z, at, table, 0, 0, add ? table : 0); // [v, w]
    if (!gradients.bias) continue;
    call.sum_axis(1, m, v, 1, z, add ? columns : backend.floats(gradients.bias)); // [v]
    if (add) call.add_in_place(v, backend.floats(gradients.bias), columns, 1);
  }
  tf.dispose([logits, stats, one, ...parts]);
  if (wrong >= 0) {
    if (gradients) tf.dispose([gradients.hidden, gradients.table, ...(gradients.bias ? [gradients.bias] : [])]);
    throw labelOutOfRange(labels.dataSync()[wrong]!, v);
  }
  return { sum: backend.scalar(total), weight: backend.scalar(counted) };
}

/** {@link linearCrossEntropy} as a composition: all logits, then their loss. */
export function referenceLinearCrossEntropy(
  hidden: tf.Tensor,
  table: tf.Tensor,
  labels: tf.Tensor,
  { bias, labelSmoothing = 0 }: LinearCrossEntropyOptions,
): SumAndWeight {
  return tf.tidy(() => {
    const logits = referenceLinear(hidden, table, { bias, transposed: true }); // [n, v]
    return { ...referenceCrossEntropy(logits, labels, labelSmoothing) };
  });
}
