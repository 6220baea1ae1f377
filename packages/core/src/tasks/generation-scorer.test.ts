import { embedding, linear, tf, useEngine } from '@anyformer/engine';
import test from 'ava';
import type { Decoder } from '../contract/backbone.js';
import type { GenerativeModality } from '../contract/modality.js';
import type { Batch, Pass } from '../contract/sequence.js';
import { initializers } from '../parameters/initializers.js';
import { ParameterStore } from '../parameters/store.js';
import { plain, sequence } from '../transformer/sequences.test-support.js';
import { transformerFromConfig } from '../transformer/transformer.js';
import { generationScorer } from './generation-scorer.js';

const [w, v, rows, capacity] = [16, 13, 2, 20];

/** Ids alone: all that a scorer asks of a modality. */
const ids = {
  generation: { startId: 0, endId: 1, size: v, never: [] },
  step: (last: Int32Array): Batch => ({
    ids: tf.tensor2d(last, [last.length, 1], 'int32'),
    real: tf.ones([last.length, 1], 'bool'),
  }),
} as unknown as GenerativeModality;

const positions = {
  sinusoidal: 'sinusoidal',
  learned: { kind: 'learned', length: capacity },
  rotary: 'rotary',
  none: 'none',
  relative: 'relative',
  alibi: 'alibi',
} as const;

test.before(async () => {
  await useEngine({ threads: 1 });
});

for (const [name, scheme] of Object.entries(positions))
  test.serial(`${name}: steps that are repeated give the bytes of steps that are computed, rows moved on the way`, async (t) => {
    const store = new ParameterStore({ width: w, seed: 3 });
    const config = { width: w, heads: 4, keyValueHeads: 2, feedForward: 24, encoder: { layers: 1 }, decoder: { layers: 2 } };
    const { decoder, encoder } = transformerFromConfig({ ...config, positions: scheme }).backbone(store.scope('backbone'));
    const table = store.scope('ids').parameter('table', [v, w], initializers.normal(1)) as tf.Tensor2D;
    let steps = 0;
    const parts = (repeats: boolean) => {
      const counted: Decoder = {
        ...decoder!,
        begin(start) {
          const state = decoder!.begin(start);
          if (!repeats) Object.defineProperty(state, 'layout', { value: undefined });
          return state;
        },
        step(given, state, pass) {
          if (repeats) steps++;
          return decoder!.step(given, state, pass);
        },
      };
      const pass: Pass = { training: false, seed: 0, offset: 0 };
      const memory = tf.tidy(() => encoder!(sequence(plain(rows, 6, w)), pass));
      return generationScorer({
        decoder: counted,
        modality: ids,
        embed: ({ ids, real }, { offset }) => ({
          embeddings: embedding(table, ids!) as tf.Tensor3D, // [b, 1, w]
          mask: real as tf.Tensor2D, // [b, 1]
          positions: tf.tensor3d([offset], [1, 1, 1]),
        }),
        unembed: (hidden) => linear(hidden, table, { transposed: true }), // [b, 1, v]
        rows,
        capacity,
        memory,
      });
    };
    const [repeating, computing] = [parts(true), parts(false)];
    for (let step = 0; step < capacity; step++) {
      const last = Int32Array.from({ length: step < 14 ? rows : 1 }, (_, row) => (step * 5 + row * 3) % v);
      const given = Array.from(await repeating.advance(last));
      t.deepEqual(given, Array.from(await computing.advance(last)), `step ${step}`);
      const order = step === 8 ? [1, 1] : step === 13 ? [1] : undefined;
      for (const scorer of [repeating, computing]) if (order) await scorer.reorder(Int32Array.from(order));
    }
    // Places that are compared are tensors that grow: such steps are computed.
    if (name === 'relative' || name === 'alibi') t.is(steps, capacity);
    else t.true(steps < capacity - 4, `${steps} of ${capacity} steps were computed`);
    repeating.dispose();
    computing.dispose();
    store.dispose();
  });
