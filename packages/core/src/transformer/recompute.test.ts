import { probeEngines, tensorCount, tf, useEngine, valueAndGradients } from '@anyformer/engine';
import test from 'ava';
import { inference } from '../contract/sequence.js';
import { recording } from '../inspect/recorder.js';
import { ParameterStore } from '../parameters/store.js';
import type { TransformerConfig } from './config.js';
import { plain, sequence } from './sequences.test-support.js';
import { transformer } from './transformer.js';

const w = 16;
const base: TransformerConfig = {
  width: w,
  heads: 4,
  feedForward: 32,
  layers: 4,
  dropout: 0.2,
  attentionDropout: 0.2,
  feedForwardDropout: 0.2,
};

const variants: readonly TransformerConfig[] = [
  { layerDrop: 0.3 },
  { positions: 'relative', normPlacement: 'post' },
  { positions: 'rotary', keyValueHeads: 2, norm: 'rms', activation: 'swiglu', biases: false, qkNorm: true },
  { positions: 'alibi', normPlacement: 'parallel', encoder: false },
];

const build = (config: TransformerConfig, width = w) => {
  const store = new ParameterStore({ width, seed: 1 });
  return { store, ...transformer({ ...base, ...config })(store.scope('backbone')) };
};

/** Loss and gradients of one step, by path, as bits. */
const step = async (config: TransformerConfig, seed: number) => {
  const { store, encoder, decoder } = build(config);
  const source = { ...plain(3, 5, w), real: [Array(5).fill(true), [true, true, true, false, false], Array(5).fill(true)] };
  const pass = { ...inference, training: true, seed };
  const { value, gradients } = valueAndGradients(() => {
    const memory = encoder?.(sequence(source), pass);
    const hidden = decoder!.forward(sequence(plain(3, 4, w, 2)), pass, memory);
    return { loss: tf.sum(tf.mul(hidden, tf.sin(tf.reshape(tf.range(0, hidden.size), hidden.shape)))) as tf.Scalar };
  }, [...store.all.values()]);
  const bits = new Map([['loss', [...new Uint32Array((await value.loss.data()).slice().buffer)]]]);
  for (const [path, variable] of store.all) {
    const read = await gradients.get(variable)?.data();
    if (read !== undefined) bits.set(path, [...new Uint32Array(read.slice().buffer)]);
  }
  tf.dispose([value.loss, ...gradients.values()]);
  store.dispose();
  return bits;
};

const engines = (await probeEngines()).filter(({ loads }) => loads).map(({ id }) => id);

for (const engine of engines)
  test.serial(
    `${engine}: gradients have the same bits with and without recomputation, with dropout, layer drop and cross-attention`,
    async (t) => {
      await useEngine({ engine });
      for (const variant of variants) {
        const wanted = await step(variant, 7);
        t.true(wanted.size > 40);
        const before = tensorCount();
        for (const recompute of [true, { every: 2 }]) t.deepEqual(await step({ ...variant, recompute }, 7), wanted);
        t.is(tensorCount(), before);
        // the numbers do depend on the bits that dropout draws
        t.notDeepEqual(await step({ ...variant, recompute: true }, 8), wanted);
      }
    },
  );

/** Most memory that a step takes above what lies there before, in [b, l, w] tensors. */
const peak = (recompute: NonNullable<TransformerConfig['recompute']>): number => {
  const [b, l, width] = [4, 64, 64];
  const { store, encoder, decoder } = build({ width, feedForward: 256, layers: 6, recompute }, width);
  const { pool } = tf.backend() as unknown as { pool: { peakBytes: number; liveBytes: number } };
  const pass = { ...inference, training: true, seed: 1 };
  const run = () => {
    const { value, gradients } = valueAndGradients(() => {
      const memory = encoder!(sequence(plain(b, l, width)), pass);
      const hidden = decoder!.forward(sequence(plain(b, l, width, 2)), pass, memory);
      return { loss: tf.sum(tf.mul(hidden, hidden)) as tf.Scalar };
    }, [...store.all.values()]);
    tf.dispose([value.loss, ...gradients.values()]);
  };
  const before = pool.liveBytes;
  pool.peakBytes = before;
  run();
  const most = pool.peakBytes - before;
  store.dispose();
  return most / (4 * b * l * width);
};

for (const engine of engines.filter((id) => id === 'native' || id === 'wasm'))
  test.serial(
    `${engine}: recomputing every block takes less than half of a step's memory, every second one something between`,
    async (t) => {
      await useEngine({ engine });
      const [kept, half, all] = [peak(false), peak({ every: 2 }), peak(true)];
      t.log(`${[kept, half, all].map((tensors) => tensors.toFixed(0)).join(', ')} [b, l, w] tensors`);
      t.true(all < 0.5 * kept && half < 0.8 * kept && all < half);
    },
  );

test.serial('what is recorded in training is recorded once, and is the same', async (t) => {
  await useEngine();
  const paths: string[][] = [];
  for (const recompute of [false, true]) {
    const { store, encoder } = build({ recompute });
    const seen = recording();
    const pass = { ...inference, training: true, seed: 3, record: seen.record };
    const once: string[] = [];
    const { value, gradients } = valueAndGradients(() => {
      const { hidden } = encoder!(sequence(plain(2, 5, w)), {
        ...pass,
        record(path, made) {
          once.push(path);
          seen.record(path, made);
        },
      });
      return { loss: tf.sum(hidden) as tf.Scalar };
    }, [...store.all.values()]);
    t.is(new Set(once).size, once.length);
    paths.push(once);
    tf.dispose([value.loss, ...gradients.values()]);
    seen.dispose();
    store.dispose();
  }
  t.deepEqual(paths[1], paths[0]);
});
