import {
  type Batch,
  classification,
  firstPosition,
  initializers,
  type Modality,
  Model,
  stream,
  type Task,
  tf,
  transformerFromConfig,
} from '@anyformer/core';
import { linear } from '@anyformer/engine';
import type { Row } from '../rows.js';
import type { Work } from '../work.js';
import { always, trainingSteps } from './training.js';

/** Numbers in a square of 16 x 16 with three colours. */
const square = 16 * 16 * 3;

interface Picture {
  /** Squares, one after the other. */
  readonly squares: Float32Array;
  readonly label: number;
}

interface Squares extends Batch {
  /** [b, l - 1, 768] */
  readonly squares: tf.Tensor3D;
}

/** Pictures cut into squares, with a class position before them (Dosovitskiy et al. 2021, section 3.1). */
const pictures = (length: number): Modality<Float32Array, Float32Array, Squares> => ({
  id: 'pictures',
  codec: { encode: (squares) => squares, files: () => ({}) },
  positions: () => length,
  collate(examples) {
    const all = new Float32Array(examples.length * (length - 1) * square);
    examples.forEach((one, i) => all.set(one, i * (length - 1) * square));
    return { squares: tf.tensor3d(all, [examples.length, length - 1, square]) };
  },
  embedder(scope) {
    const w = scope.width;
    const weight = scope.parameter('patch/weight', [square, w], initializers.xavierUniform());
    const bias = scope.parameter('patch/bias', [w], initializers.zeros()) as unknown as tf.Tensor1D;
    const first = scope.parameter('class', [1, 1, w], initializers.normal(0.02));
    const places = Float32Array.from({ length }, (_, i) => i);
    return ({ squares }) => {
      const b = squares.shape[0];
      const embedded = linear(squares, weight, { bias }) as tf.Tensor3D; // [b, l - 1, w]
      return {
        embeddings: tf.concat([tf.tile(first, [b, 1, 1]) as tf.Tensor3D, embedded], 1), // [b, l, w]
        mask: tf.ones([b, length], 'bool') as tf.Tensor2D, // [b, l]
        positions: tf.tensor3d(places, [1, length, 1]),
      };
    };
  },
});

const build = (row: Row): { readonly model: Model; readonly task: Task; readonly raws: readonly Picture[] } => {
  const { batch, length, width, heads, feedForward, layers, outputs } = row;
  const random = stream(1, row.row);
  const squares = (): Float32Array => Float32Array.from({ length: (length - 1) * square }, () => 2 * random.uniform() - 1);
  const raws = Array.from({ length: batch }, () => ({ squares: squares(), label: random.integer(outputs) }));
  const task = classification<Picture>({
    id: 'task',
    data: always(raws),
    input: pictures(length),
    classes: Array.from({ length: outputs }, (_, i) => String(i)),
    raw: (picture) => picture.squares,
    label: (picture) => picture.label,
    head: firstPosition,
    labelSmoothing: 0.1,
  });
  const positions = { kind: 'learned', length } as const;
  const config = transformerFromConfig({ width, heads, feedForward, layers, decoder: false, activation: 'gelu', positions });
  return { task, raws, model: new Model({ tasks: [task], seed: 1, ...config }) };
};

/** Probabilities of the classes for a batch of pictures, on the host. */
export const vision = (row: Row): Work => {
  const { model, raws } = build(row);
  const classifier = model.task('task');
  return async () => {
    await classifier.observe(raws);
  };
};

/** A training step. */
export const visionTraining = (row: Row): Work => {
  const { model, task } = build(row);
  return trainingSteps(model, task, row);
};
