import { AnyformerError, tensorCount, tf, useEngine, valueAndGradients } from '@anyformer/engine';
import test from 'ava';
import { inference } from '../contract/sequence.js';
import { recording } from '../inspect/recorder.js';
import { ParameterStore } from '../parameters/store.js';
import type { TransformerConfig } from './config.js';
import { cut, difference, numbers, permuted, plain, rowsOf, sequence } from './sequences.test-support.js';
import { transformer } from './transformer.js';

test.before(async () => {
  await useEngine();
});

const w = 16;
const small: TransformerConfig = { width: w, heads: 4, feedForward: 32, layers: 2 };
const build = (config: TransformerConfig, seed = 1) => {
  const store = new ParameterStore({ width: w, seed });
  const { encoder, decoder } = transformer({ ...small, ...config })(store.scope('backbone'));
  return { store, encoder: encoder!, decoder: decoder! };
};

const schemes: readonly TransformerConfig['positions'][] = [
  'none',
  'sinusoidal',
  'rotary',
  'alibi',
  'relative',
  { kind: 'learned', length: 16 },
  { kind: 'sinusoidal', layout: 'halves', inclusive: true, start: 2 },
  { kind: 'rotary', width: 2, interleaved: true },
];
const name = (scheme: TransformerConfig['positions']): string => JSON.stringify(scheme).replaceAll('"', '');

const variants: readonly TransformerConfig[] = [
  ...schemes.map((positions) => ({ positions })),
  { normPlacement: 'post' },
  { normPlacement: 'parallel' },
  { keyValueHeads: 2, positions: 'rotary' },
  { keyValueHeads: 1, valueWidth: 6, headWidth: 2, norm: 'rms', activation: 'swiglu', biases: false, positions: 'rotary' },
  { qkNorm: true, activation: 'geglu', positions: 'alibi', embeddingNorm: true, embeddingScale: true },
];
const largest = (x: tf.Tensor | undefined): number => (x === undefined ? 0 : Math.max(...x.dataSync().map(Math.abs)));
const show = (config: TransformerConfig): string => JSON.stringify(config).replaceAll('"', '').slice(1, -1);

test.serial('without positions the encoder is equivariant to permutation: Thinking Machines / Machines Thinking', async (t) => {
  const order = [3, 0, 4, 2, 1];
  const given = plain(2, 5, w);
  for (const positions of schemes) {
    const { store, encoder } = build({ positions });
    const straight = await numbers(() => tf.gather(encoder(sequence(given), inference).hidden, tf.tensor1d(order, 'int32'), 1));
    const moved = await numbers(() => encoder(sequence(permuted(given, order)), inference).hidden);
    if (positions === 'none') t.true(difference(straight, moved) < 1e-5);
    else t.true(difference(straight, moved) > 1e-3, `${name(positions)} sees the order`);
    // with their coordinates the positions may stand in any order
    const whole = await numbers(() => encoder(sequence(permuted(given, order, { places: true })), inference).hidden);
    t.true(difference(straight, whole) < 1e-5, name(positions));
    store.dispose();
  }
});

for (const config of variants)
  test.serial(`padding changes nothing: ${show(config)}`, async (t) => {
    const { store, encoder, decoder } = build(config);
    const long = plain(2, 6, w);
    const padded = { ...long, real: [Array(6).fill(true), [true, true, true, true, false, false]] };
    const alone = cut(rowsOf(long, [1]), 0, 4);
    const target = plain(2, 3, w, 5);
    const own = await numbers(() => tf.slice(encoder(sequence(padded), inference).hidden, [1, 0, 0], [1, 4, w]));
    t.true(difference(own, await numbers(() => encoder(sequence(alone), inference).hidden)) < 1e-5);
    const out = await numbers(() =>
      tf.slice(decoder.forward(sequence(target), inference, encoder(sequence(padded), inference)), [1, 0, 0], [1, 3, w]),
    );
    const outAlone = await numbers(() => decoder.forward(sequence(rowsOf(target, [1])), inference, encoder(sequence(alone), inference)));
    t.true(difference(out, outAlone) < 1e-5);
    store.dispose();
  });

for (const config of variants)
  test.serial(`a decoder position sees no later one, and step by step it computes what it computes at once: ${show(config)}`, async (t) => {
    const { store, encoder, decoder } = build(config);
    const source = plain(3, 4, w);
    const target = plain(3, 6, w, 2);
    const memory = tf.tidy(() => encoder(sequence(source), inference));
    const whole = await numbers(() => decoder.forward(sequence(target), inference, memory));
    const changed = { ...target, rows: target.rows.map((row) => row.map((x, i) => (i === 4 ? x.map((y) => -y) : x))) };
    const after = await numbers(() => decoder.forward(sequence(changed), inference, memory));
    const at = (values: Float32Array, from: number, to: number) =>
      [0, 1, 2].flatMap((row) => [...values.subarray((row * 6 + from) * w, (row * 6 + to) * w)]);
    t.is(difference(at(whole, 0, 4), at(after, 0, 4)), 0);
    t.true(difference(at(whole, 4, 6), at(after, 4, 6)) > 1e-3);

    const before = tensorCount();
    const state = decoder.begin({ rows: 3, capacity: 4, memory });
    // two positions at once, then one at a time, past the capacity
    for (const [from, to] of [
      [0, 2],
      [2, 3],
      [3, 4],
      [4, 5],
      [5, 6],
    ] as const) {
      t.is(state.length, from);
      const pass = { ...inference, offset: from };
      const step = await numbers(() => decoder.step(sequence(cut(target, from, to)), state, pass));
      t.true(difference(step, at(whole, from, to)) < 1e-5, `position ${from}`);
    }
    state.dispose();
    t.is(tensorCount(), before);
    tf.dispose([memory.hidden]);
    store.dispose();
  });

test.serial('rows of a state may be reordered, repeated and dropped', async (t) => {
  for (const positions of schemes) {
    const { store, encoder, decoder } = build({ positions });
    const source = { ...plain(2, 4, w), real: [Array(4).fill(true), [true, true, true, false]] };
    const target = plain(2, 4, w, 2);
    const memory = tf.tidy(() => encoder(sequence(source), inference));
    const before = tensorCount();
    const state = decoder.begin({ rows: 2, capacity: 4, memory });
    await numbers(() => decoder.step(sequence(cut(target, 0, 2)), state, inference));
    for (const [position, rows] of [
      [2, [1, 1, 0]],
      [3, [2, 0]],
    ] as const) {
      state.reorder(Int32Array.from(rows));
      const at = position === 2 ? [1, 1, 0] : [0, 1];
      const batch = rowsOf(target, at);
      const step = await numbers(() =>
        decoder.step(sequence(cut(batch, position, position + 1)), state, { ...inference, offset: position }),
      );
      const whole = await numbers(() =>
        tf.slice(
          decoder.forward(sequence(cut(batch, 0, position + 1)), inference, encoder(sequence(rowsOf(source, at)), inference)),
          [0, position, 0],
          [at.length, 1, w],
        ),
      );
      t.true(difference(step, whole) < 1e-5, `${name(positions)} at ${position}`);
    }
    state.dispose();
    t.is(tensorCount(), before);
    tf.dispose(memory.hidden);
    store.dispose();
  }
});

test.serial('a step does the same work at every position, and beams of one example share their memory', async (t) => {
  const { store, encoder, decoder } = build({ positions: 'rotary' });
  const memory = tf.tidy(() => encoder(sequence(plain(2, 30, w)), inference));
  const target = rowsOf(plain(2, 12, w, 2), [0, 0, 1, 1]);
  const state = decoder.begin({ rows: 2, capacity: 12, memory });
  state.reorder(Int32Array.from([0, 0, 1, 1]));
  const work: { kernels: number; widest: number }[] = [];
  for (let i = 0; i < 12; i++) {
    const { kernels } = await tf.profile(() =>
      numbers(() => decoder.step(sequence(cut(target, i, i + 1)), state, { ...inference, offset: i })),
    );
    // the numbers that dense layers make: what is not attention or a cache has one position a row
    const sizes = kernels.filter(({ name: kernel }) => /linear|matmul/i.test(kernel)).map(({ outputShapes: [shape] }) => shape!);
    const rows = sizes
      .filter((shape) => shape.at(-1) === w || shape.at(-1) === 32)
      .map((shape) => shape.slice(0, -1).reduce((a, b) => a * b, 1));
    work.push({ kernels: kernels.length, widest: Math.max(0, ...rows.filter((n) => n % 30 === 0)) });
    const before = tensorCount();
    state.reorder(Int32Array.from([1, 0, 2, 2]));
    t.is(tensorCount(), before);
  }
  t.deepEqual(new Set(work.slice(1).map(({ kernels }) => kernels)).size, 1, JSON.stringify(work));
  t.true(
    work.every(({ widest }) => widest === 0),
    'the memory is projected once, in begin',
  );
  state.dispose();
  tf.dispose(memory.hidden);
  store.dispose();
});

test.serial('positions that are not real stay unseen in a cache too', async (t) => {
  const { store, decoder } = build({ positions: 'rotary', encoder: false });
  const given = { ...plain(2, 4, w), real: [[false, true, true, true], Array(4).fill(true)] };
  const whole = await numbers(() => decoder.forward(sequence(given), inference));
  const state = decoder.begin({ rows: 2, capacity: 4 });
  for (let i = 0; i < 4; i++) {
    const step = await numbers(() => decoder.step(sequence(cut(given, i, i + 1)), state, { ...inference, offset: i }));
    for (const row of i === 0 ? [1] : [0, 1])
      t.true(difference(step.subarray(row * w, (row + 1) * w), whole.subarray((row * 4 + i) * w, (row * 4 + i + 1) * w)) < 1e-5);
  }
  state.dispose();
  store.dispose();
});

for (const config of variants)
  test.serial(`gradients reach every parameter, and no tensor stays behind: ${show(config)}`, async (t) => {
    const { store, encoder, decoder } = build({ ...config, dropout: 0.1, attentionDropout: 0.1, feedForwardDropout: 0.1 });
    const [source, target] = [plain(2, 5, w), plain(2, 4, w, 2)];
    const step = (seed: number) => {
      const pass = { ...inference, training: true, seed };
      const { value, gradients } = valueAndGradients(() => {
        const hidden = decoder.forward(sequence(target), pass, encoder(sequence(source), pass));
        return { loss: tf.sum(tf.mul(hidden, tf.sin(tf.reshape(tf.range(0, hidden.size), hidden.shape)))) as tf.Scalar };
      }, [...store.all.values()]);
      const dead = [...store.all]
        // a bias on keys moves all logits of a query alike, and softmax does not see it
        .filter(([path, variable]) => !/key(-norm)?\/bias$/.test(path) && largest(gradients.get(variable)) < 1e-6)
        .map(([path]) => path);
      tf.dispose([value.loss, ...gradients.values()]);
      return dead;
    };
    t.deepEqual(step(1), []);
    const before = tensorCount();
    step(2);
    step(3);
    t.is(tensorCount(), before);
    store.dispose();
  });

test.serial('dropout belongs to the seed of the pass and to training', async (t) => {
  const { store, encoder } = build({ dropout: 0.3, attentionDropout: 0.3, feedForwardDropout: 0.3, layerDrop: 0.3 });
  const given = plain(2, 5, w);
  const run = (training: boolean, seed: number) => numbers(() => encoder(sequence(given), { ...inference, training, seed }).hidden);
  t.deepEqual(await run(true, 1), await run(true, 1));
  t.true(difference(await run(true, 1), await run(true, 2)) > 1e-3);
  t.deepEqual(await run(false, 1), await run(false, 2));
  store.dispose();
});

test.serial('layer drop leaves out whole blocks, each as often as asked', async (t) => {
  const { store, encoder } = build({ layerDrop: 0.5, normPlacement: 'pre' });
  const given = plain(1, 2, w);
  let out = 0;
  for (let seed = 0; seed < 60; seed++) {
    const seen = recording(['encoder/block*', 'encoder/embeddings']);
    tf.tidy(() => void encoder(sequence(given), { ...inference, training: true, seed, record: seen.record }));
    const [first, second, third] = await Promise.all([...seen.tensors.values()].map((x) => x.data()));
    out += Number(difference(first!, second!) === 0) + Number(difference(second!, third!) === 0);
    seen.dispose();
  }
  t.true(Math.abs(out / 120 - 0.5) < 0.15, String(out));
  store.dispose();
});

test.serial('a recorder sees every part by path; without one nothing of it is computed', async (t) => {
  const { store, encoder, decoder } = build({});
  const [source, target] = [plain(2, 5, w), plain(2, 4, w, 2)];
  const seen = recording();
  const before = tensorCount();
  tf.tidy(() => {
    const pass = { ...inference, record: seen.record };
    decoder.forward(sequence(target), pass, encoder(sequence(source), pass));
  });
  const shapes = new Map([...seen.tensors].map(([path, { shape }]) => [path, shape]));
  t.deepEqual(shapes.get('encoder/block0/attention'), [2, 4, 5, 5]);
  t.deepEqual(shapes.get('decoder/block1/self-attention'), [2, 4, 4, 4]);
  t.deepEqual(shapes.get('decoder/block1/cross-attention'), [2, 4, 4, 5]);
  for (const path of [
    'encoder/embeddings',
    'encoder/block1',
    'encoder/norm',
    'encoder/block0/attention-norm',
    'encoder/block0/feed-forward-norm',
  ])
    t.deepEqual(shapes.get(path), [2, 5, w], path);
  t.deepEqual(shapes.get('decoder/block0/feed-forward/between'), [2, 4, 32]);
  const weights = (await seen.values()).get('decoder/block0/self-attention')!;
  for (let row = 0; row < 2 * 4 * 4; row++) {
    const own = weights.values.subarray(row * 4, row * 4 + 4);
    t.true(Math.abs(own.reduce((sum, x) => sum + x, 0) - 1) < 1e-5);
    t.true(own.subarray((row % 4) + 1).every((x) => x === 0));
  }
  seen.dispose();
  t.is(tensorCount(), before);
  store.dispose();
});

test.serial('models live side by side, and the same seed makes the same one', async (t) => {
  const given = plain(2, 3, w);
  const [a, b, c] = [build({}), build({}), build({}, 2)];
  const run = ({ encoder }: typeof a) => numbers(() => encoder(sequence(given), inference).hidden);
  t.deepEqual(await run(a), await run(b));
  t.true(difference(await run(a), await run(c)) > 1e-2);
  a.store.dispose();
  t.deepEqual((await run(b)).length, 2 * 3 * w);
  b.store.dispose();
  c.store.dispose();
});

test.serial('what does not fit is said', async (t) => {
  const store = new ParameterStore({ width: w, seed: 1 });
  const scope = store.scope('backbone');
  const message = (make: () => unknown) => t.throws(make, { instanceOf: AnyformerError })!.message;
  t.regex(
    message(() => transformer({ ...small, heads: 3 })),
    /heads: 3 heads do not divide the width 16/,
  );
  t.regex(
    message(() => transformer({ ...small, keyValueHeads: 3 })),
    /keyValueHeads: 3 does not divide the 4 heads/,
  );
  t.regex(
    message(() => transformer({ width: 8 })),
    /heads: needed without a preset; layers: needed/,
  );
  t.regex(
    message(() => transformer({ preset: 'tiny', encoder: false, decoder: { layers: 0 } })),
    /no side has a layer/,
  );
  t.regex(
    message(() => transformer({ ...small, headWidth: 5, positions: 'rotary' })),
    /rotary turns pairs of columns: 5/,
  );
  t.regex(
    message(() => transformer({ ...small, preset: 'huge' } as never)),
    /preset/,
  );
  t.regex(
    message(() => transformer({ ...small, width: 32 })(scope)),
    /width 32 in a model of width 16/,
  );
  const { decoder } = transformer({ ...small, encoder: false })(store.scope('other'));
  const memory = { hidden: tf.zeros([1, 2, w]) as tf.Tensor3D, mask: tf.ones([1, 2], 'bool') as tf.Tensor2D };
  t.regex(
    message(() => decoder!.begin({ rows: 1, capacity: 1, memory })),
    /no cross-attention/,
  );
  const learned = transformer({ ...small, positions: { kind: 'learned', length: 3 } })(store.scope('learned'));
  t.is(t.throws<AnyformerError>(() => learned.encoder!(sequence(plain(1, 4, w)), inference)).code, 'positions/too-long');
  store.dispose();
});
