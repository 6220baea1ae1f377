import { embedding, tf } from '@anyformer/engine';
import { z } from 'zod';
import type { Modality } from '../contract/modality.js';
import { apiVersion, definePlugin, type ModalityKind, type TaskKind } from '../contract/plugin.js';
import { generated } from '../data/generated.js';
import { initializers } from '../parameters/initializers.js';
import { classification } from '../tasks/classification.js';

/** A list of numbers 0 … 9 and which of two classes it is in. */
export interface Listed {
  readonly numbers: readonly number[];
  readonly label: number;
}

const listModality = (id: string): Modality<readonly number[], readonly number[]> => ({
  id,
  codec: { encode: (raw) => raw, files: () => ({ 'numbers.json': '{"count":10}' }) },
  positions: (example) => example.length,
  collate(examples) {
    const l = Math.max(...examples.map(({ length }) => length));
    const ids = new Int32Array(examples.length * l);
    const real = new Uint8Array(examples.length * l);
    examples.forEach((example, i) => {
      ids.set(example, i * l);
      real.fill(1, i * l, i * l + example.length);
    });
    return { ids: tf.tensor2d(ids, [examples.length, l], 'int32'), real: tf.tensor2d(real, [examples.length, l], 'bool') };
  },
  embedder(scope) {
    const table = scope.parameter('table', [10, scope.width], initializers.normal(0.1)) as tf.Tensor2D;
    return ({ ids, real }, pass) => {
      const [, l] = ids!.shape as [number, number];
      return {
        embeddings: embedding(table, ids!) as tf.Tensor3D,
        mask: real as tf.Tensor2D,
        positions: tf.reshape(tf.range(pass.offset, pass.offset + l), [1, l, 1]) as tf.Tensor3D,
      };
    };
  },
});

const lists: ModalityKind<object> = { kind: 'lists', options: z.strictObject({}), create: (_, { id }) => listModality(id) };

const options = z.strictObject({ input: z.string(), epoch: z.int().positive().default(300), poison: z.int().optional() });

/** Is the first number above four? */
const first: TaskKind<z.infer<typeof options>, Listed> = {
  kind: 'first',
  options,
  uses: ({ input }) => [input],
  data: ({ epoch }, { seed }) =>
    generated({
      name: 'lists',
      seed,
      epoch,
      valid: 40,
      test: 60,
      draw(random) {
        const numbers = Array.from({ length: 2 + random.integer(6) }, () => random.integer(10));
        return { numbers, label: numbers[0]! > 4 ? 1 : 0 };
      },
    }),
  parts: ({ numbers }, { input }) => [[input, numbers]],
  create({ input, poison }, { id, data, modality }) {
    const task = classification<Listed>({
      id,
      data,
      input: modality(input),
      classes: ['small', 'large'],
      raw: ({ numbers }) => numbers,
      label: ({ label }) => label,
    });
    if (poison === undefined) return task;
    let losses = 0;
    return {
      ...task,
      build(parts) {
        const model = task.build(parts);
        return {
          ...model,
          loss(batch, pass) {
            const made = model.loss(batch, pass);
            return ++losses === poison ? { ...made, sum: tf.mul(made.sum, Number.NaN) as tf.Scalar } : made;
          },
        };
      },
    };
  },
};

/** A plug-in with the modality kind `lists` and the task kind `first`. */
export const toy = definePlugin({ name: 'toy', apiVersion, modalities: [lists], tasks: [first] });

/** A config of the toy that trains in a moment; dropout on, so that its streams matter. */
export const toyConfig = {
  seed: 5,
  modalities: { numbers: { kind: 'lists' } },
  tasks: { first: { kind: 'first', input: 'numbers' } },
  model: { width: 16, heads: 2, feedForward: 32, encoder: { layers: 1 }, decoder: false, dropout: 0.1 },
  train: {
    steps: 20,
    batch: { positions: 64 },
    optimizer: { kind: 'adamw', decay: 0.01 },
    schedule: { kind: 'linear', peak: 1e-2, warmup: 5, total: 200 },
    clip: 1,
    average: { decay: 0.9 },
    evaluate: { every: 7, split: 'valid' },
    best: 'first/accuracy',
  },
  checkpoint: { every: 4, keep: 2 },
} as const;
