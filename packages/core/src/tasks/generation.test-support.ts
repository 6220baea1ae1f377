import { AnyformerError, embedding, linear, tf, valueAndGradients } from '@anyformer/engine';
import type { Backbone, DecoderStart, DecoderState, Memory } from '../contract/backbone.js';
import type { GenerativeModality } from '../contract/modality.js';
import type { Scope } from '../contract/scope.js';
import { type Batch, inference, type Sequence } from '../contract/sequence.js';
import type { Task } from '../contract/task.js';
import type { Model } from '../model/model.js';
import { adamWRule } from '../optimize/adamw.js';
import { Optimizer } from '../optimize/optimizer.js';
import { initializers } from '../parameters/initializers.js';

const start = 10;
const end = 11;
const padding = 12;

/** Rows of digits that can be read and written. */
export const writtenDigits = (id: string): GenerativeModality<number[], number[]> => {
  const batch = (rows: readonly (readonly number[])[]): Batch => {
    const l = Math.max(...rows.map((row) => row.length));
    const ids = rows.flatMap((row) => [...row, ...new Array<number>(l - row.length).fill(padding)]);
    return { ids: tf.tensor2d(ids, [rows.length, l], 'int32') };
  };
  return {
    id,
    codec: {
      encode(raw) {
        const odd = raw.find((digit) => !(Number.isInteger(digit) && digit >= 0 && digit < 10));
        if (odd === undefined) return raw;
        throw new AnyformerError({ code: 'digits/id', who: `Modality '${id}'`, given: String(odd), accepted: '0 … 9' });
      },
      files: () => ({}),
    },
    positions: (example) => example.length + 1,
    collate: batch,
    embedder(scope) {
      const table = scope.parameter('table', [13, scope.width], initializers.normal(scope.width ** -0.5)) as tf.Tensor2D;
      return ({ ids }, { offset }) => {
        const [, l] = ids!.shape as [number, number];
        return {
          embeddings: embedding(table, ids!) as tf.Tensor3D, // [b, l, w]
          mask: tf.notEqual(ids!, tf.scalar(padding, 'int32')) as tf.Tensor2D, // [b, l]
          positions: tf.tensor3d(
            Array.from({ length: l }, (_, i) => offset + i),
            [1, l, 1],
          ), // [1, l, 1]
        };
      };
    },
    generation: { startId: start, endId: end, size: 13, never: [start, padding] },
    shift(examples) {
      const length = 1 + Math.max(...examples.map((example) => example.length));
      const next = examples.flatMap((example) => [...example, end, ...new Array<number>(length - 1 - example.length).fill(-1)]);
      return {
        previous: batch(examples.map((example) => [start, ...example])),
        next: tf.tensor2d(next, [examples.length, length], 'int32'),
      };
    },
    step: (ids) => batch([...ids].map((one) => [one])),
    unembedder(scope) {
      const table = scope.parameter('table', [13, scope.width], initializers.normal(scope.width ** -0.5));
      return (hidden) => linear(hidden, table, { transposed: true }); // [..., v]
    },
    render: (ids) => [...ids],
    labels: (ids) => ids.map((one) => (one === start ? '<s>' : one === end ? '</s>' : String(one))),
  };
};

/** What a recurrent decoder remembers: one vector per row, and what it was told of its memory. */
class Recurrence implements DecoderState {
  length = 0;
  hidden: tf.Tensor2D;
  context: tf.Tensor2D;

  constructor({ rows, memory }: DecoderStart, width: number) {
    this.hidden = tf.keep(tf.zeros([rows, width]));
    this.context = tf.tidy(() => tf.keep(summary(memory, rows, width)));
  }

  reorder(rows: Int32Array): void {
    const moved = tf.tidy(() => {
      const ids = tf.tensor1d(rows, 'int32');
      return { hidden: tf.keep(tf.gather(this.hidden, ids)), context: tf.keep(tf.gather(this.context, ids)) };
    });
    this.dispose();
    Object.assign(this, moved);
  }

  dispose(): void {
    tf.dispose([this.hidden, this.context]);
  }
}

/** The mean of a memory's real positions: [b, w]. */
const summary = (memory: Memory | undefined, rows: number, width: number): tf.Tensor2D => {
  if (memory === undefined) return tf.zeros([rows, width]);
  const real = tf.expandDims(tf.cast(memory.mask, 'float32'), 2); // [b, s, 1]
  return tf.div(tf.sum(tf.mul(memory.hidden, real), 1), tf.sum(real, 1)) as tf.Tensor2D; // [b, w]
};

/** Nothing of a Transformer: a bag of what was read, and a recurrent network that writes (Elman 1990). */
export const recurrent =
  ({ encoder = true } = {}) =>
  (scope: Scope): Backbone => {
    const { width } = scope;
    const matrix = (name: string) => scope.parameter(name, [width, width], initializers.normal(1.5 * width ** -0.5));
    const [input, own, read] = [matrix('input'), matrix('own'), matrix('read')];
    const next = (x: tf.Tensor2D, hidden: tf.Tensor2D, context: tf.Tensor2D): tf.Tensor2D =>
      tf.tanh(tf.addN([linear(x, input), linear(hidden, own), linear(context, read)])) as tf.Tensor2D; // [n, w]
    const at = ({ embeddings }: Sequence, i: number): tf.Tensor2D =>
      tf.squeeze(tf.slice(embeddings, [0, i, 0], [-1, 1, -1]), [1]) as tf.Tensor2D; // [n, w]
    return {
      width,
      ...(encoder && { encoder: ({ embeddings, mask }: Sequence) => ({ hidden: embeddings, mask }) }),
      decoder: {
        forward(sequence, _, memory) {
          const [b, t] = sequence.embeddings.shape;
          let hidden = tf.zeros([b, width]) as tf.Tensor2D;
          const context = summary(memory, b, width);
          const states = Array.from({ length: t }, (_, i) => (hidden = next(at(sequence, i), hidden, context)));
          return tf.stack(states, 1) as tf.Tensor3D; // [b, t, w]
        },
        begin: (given) => new Recurrence(given, width),
        step(sequence, given) {
          const state = given as Recurrence;
          const hidden = tf.keep(next(at(sequence, 0), state.hidden, state.context)); // [n, w]
          state.hidden.dispose();
          state.hidden = hidden;
          state.length += 1;
          return tf.expandDims(hidden, 1) as tf.Tensor3D; // [n, 1, w]
        },
      },
    };
  };

/** Trains one task with Adam, a batch per step. */
export const train = <Raw>(model: Model, task: Task<Raw>, batches: readonly (readonly Raw[])[], rate: number): void => {
  const optimizer = new Optimizer(adamWRule({ beta2: 0.98 }));
  const variables = [...model.parameters.all.values()];
  const paths = new Map([...model.parameters.all].map(([path, variable]) => [variable, path]));
  for (const [step, raws] of batches.entries()) {
    const batch = tf.tidy(() => task.collate(raws.map((raw) => task.encode(raw))));
    const { value, gradients } = valueAndGradients(() => {
      const { sum, weight } = model.task(task.id).loss(batch, { ...inference, training: true, seed: step });
      return { loss: tf.div(sum, weight) as tf.Scalar };
    }, variables);
    for (const [variable, gradient] of gradients) optimizer.update(paths.get(variable)!, variable, gradient, rate);
    tf.dispose([value.loss, ...gradients.values(), ...Object.values(batch)]);
  }
  optimizer.dispose();
};
