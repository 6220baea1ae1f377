import { kernelBackend } from '../backend/kernel-backend.js';
import { record, recording } from '../tape/record.js';
import type { GradientOf } from '../tape/tape.js';
import * as tf from '../tf.js';
import { idOutOfRange, requireIdsBelow } from './ids.js';
import { shapeError } from './shape-error.js';

/**
 * Rows of a table, times `scale`. `table` [v, w], `ids` int32 [...] -> [..., w]. The gradient is a scatter-add in the order of the ids.
 * Throws `embedding/shape`, `embedding/id-out-of-range`.
 */
export function embedding(table: tf.Tensor, ids: tf.Tensor, scale = 1): tf.Tensor {
  if (table.shape.length !== 2) throw shapeError('embedding', { table, ids }, 'table [v, w], ids [...]');
  const backend = kernelBackend('embedding');
  if (!backend) return referenceEmbedding(table, ids, scale);
  const [v, w] = table.shape as [number, number];
  const n = ids.size;
  const { call } = backend;
  const y = backend.tensor([...ids.shape, w]); // [..., w]
  const outside = call.gather_rows(n, v, w, scale, backend.floats(table), backend.ints(ids), backend.floats(y));
  if (outside >= 0) {
    y.dispose();
    throw idOutOfRange(ids.dataSync()[outside]!, v);
  }
  if (recording())
    record(backend, {
      name: 'Embedding',
      inputs: { table },
      output: y,
      save: [ids],
      gradient: (dy, [ids]) => {
        const into = (sum: tf.Tensor): void => {
          call.scatter_add_rows(n, v, w, scale, backend.floats(dy), backend.ints(ids), backend.floats(sum));
        };
        const made = (): tf.Tensor => {
          const dtable = backend.tensor([v, w]);
          call.fill(dtable.size, 0, backend.floats(dtable));
          into(dtable);
          return dtable;
        };
        return { table: Object.assign(made, { into }) as GradientOf };
      },
    });
  return y;
}

/** {@link embedding} as a composition of stock ops. */
export function referenceEmbedding(table: tf.Tensor, ids: tf.Tensor, scale: number): tf.Tensor {
  requireIdsBelow(table.shape[0]!, ids);
  return tf.tidy(() => {
    const rows = tf.reshape(gatherRows(table, ids), [...ids.shape, table.shape[1]!]); // [..., w]
    return scale === 1 ? rows : tf.mul(rows, scale);
  });
}

/** tfjs's own gradient of a gather visits every row once per id on the plain backend; a scatter-add does not. */
function gatherRows(table: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  return tf.customGrad((given, save) => {
    const flat = tf.reshape(ids, [-1]);
    (save as (tensors: tf.Tensor[]) => void)([flat]);
    return {
      value: tf.gather(given as tf.Tensor, flat), // [n, w]
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.scatterND(tf.reshape(saved!, [-1, 1]), dy, table.shape as [number, number]),
    };
  })(table);
}
