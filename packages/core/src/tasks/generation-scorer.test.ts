import { embedding, KeptReplays, linear, tensorCount, tf, useEngine } from '@anyformer/engine';
import test from 'ava';
import type { Decoder } from '../contract/backbone.js';
import type { GenerativeModality } from '../contract/modality.js';
import type { Batch, Pass } from '../contract/sequence.js';
import { initializers } from '../parameters/initializers.js';
import { ParameterStore } from '../parameters/store.js';
import { type Plain, plain, sequence } from '../transformer/sequences.test-support.js';
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

/** What is read; in every other one the last position is padding. */
const source = (seed: number): Plain => {
  const all = plain(rows, 6, w, seed);
  return { ...all, real: all.real.map((row) => row.map((real, i) => real && (i < 5 || seed % 2 === 0))) };
};

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
    const replays = new KeptReplays();
    const parts = (repeats: boolean, seed: number) => {
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
      const memory = tf.tidy(() => encoder!(sequence(source(seed)), pass));
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
        replays,
      });
    };
    type Scorers = readonly ReturnType<typeof parts>[];
    const advance = async ([repeating, computing]: Scorers, step: number, factor: number) => {
      const last = Int32Array.from({ length: step < 14 ? rows : 1 }, (_, row) => (step * factor + row * 3) % v);
      const given = Array.from(await repeating!.advance(last));
      t.deepEqual(given, Array.from(await computing!.advance(last)), `step ${step}`);
      const order = step === 8 ? [1, 1] : step === 13 ? [1] : undefined;
      for (const scorer of [repeating, computing]) if (order) await scorer!.reorder(Int32Array.from(order));
    };
    const end = (...scorers: Scorers[]) => {
      for (const scorer of scorers.flat()) scorer.dispose();
    };
    // Places that are compared are tensors that grow: such steps are computed.
    const computes = name === 'relative' || name === 'alibi';
    const before = tensorCount();
    const most: number[] = [];
    for (const factor of [5, 7, 2]) {
      const scorers = [parts(true, factor), parts(false, factor)];
      steps = 0;
      for (let step = 0; step < capacity; step++) await advance(scorers, step, factor);
      most.push(steps);
      end(scorers);
      t.is(tensorCount(), before);
      // What has nothing to do with decoding is put where a careless program would still look.
      tf.dispose(tf.fill([64, 64], Number.NaN));
    }
    if (computes) t.deepEqual(most, [capacity, capacity, capacity]);
    else {
      t.true(most[0]! < capacity - 4, `${most[0]} of ${capacity} steps were computed`);
      // The first step and those after rows were left out, and the memory moved.
      t.true(most[1]! <= most[0]! - 3 && most[2] === most[1], `${most} steps were computed`);
    }

    // Two at once, one of them after a parameter changed.
    const [one, other] = [
      [parts(true, 3), parts(false, 3)],
      [parts(true, 4), parts(false, 4)],
    ];
    for (let step = 0; step < 8; step++) for (const [i, both] of [one, other].entries()) await advance(both, step, 3 + i);
    end(one, other);
    tf.tidy(() => (table as tf.Variable).assign(tf.mul(table, 2)));
    const changed = [parts(true, 3), parts(false, 3)];
    for (let step = 0; step < 8; step++) await advance(changed, step, 4);
    end(changed);
    t.is(tensorCount(), before);
    store.dispose();
  });
