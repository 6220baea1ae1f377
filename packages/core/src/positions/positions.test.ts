import { type AnyformerError, tf, useEngine } from '@anyformer/engine';
import test from 'ava';
import { ParameterStore } from '../parameters/store.js';
import { alibi, alibiSlopes } from './alibi.js';
import { learned } from './learned.js';
import { relativeBucket, relativeBuckets } from './relative-buckets.js';
import { rotary } from './rotary.js';
import { type Coordinates, coordinatesOf, type PositionScheme } from './scheme.js';
import { sinusoidal } from './sinusoidal.js';

test.before(async () => {
  await useEngine();
});

const build = (scheme: PositionScheme, width = 8, { causal = false, heads = 2 } = {}) => {
  const store = new ParameterStore({ width, seed: 1 });
  return { store, positions: scheme.build({ scope: store.scope('x'), heads, headWidth: width / heads, causal }) };
};
const line = (...values: number[]): Coordinates => ({ rows: 1, length: values.length, axes: 1, values: Float32Array.from(values) });
const grid = (...values: [number, number][]): Coordinates => ({
  rows: 1,
  length: values.length,
  axes: 2,
  values: Float32Array.from(values.flat()),
});
const code = (scheme: PositionScheme, places: Coordinates, width = 8): number[][] =>
  tf.tidy(() => {
    const zeros = tf.zeros([2, places.length, width]) as tf.Tensor3D;
    return (build(scheme, width).positions.embed!(zeros, places).arraySync() as number[][][])[1]!;
  });
const close = (t: any, own: readonly number[], expected: readonly number[], tolerance = 1e-6) => {
  t.is(own.length, expected.length);
  own.forEach((x, i) => t.true(Math.abs(x - expected[i]!) < tolerance, `${i}: ${x} for ${expected[i]}`));
};

test('sinusoids are those of Vaswani et al. 2017, section 3.5', (t) => {
  const [at0, at7, at500] = code(sinusoidal(), line(0, 7, 500)) as [number[], number[], number[]];
  close(t, at0, [0, 1, 0, 1, 0, 1, 0, 1]);
  // PE(pos, 2i) = sin(pos / 10000^(2i / 8)), PE(pos, 2i + 1) = cos(…): rates 1, 0.1, 0.01, 0.001
  const expected = (pos: number) => [1, 0.1, 0.01, 0.001].flatMap((rate) => [Math.sin(pos * rate), Math.cos(pos * rate)]);
  close(t, at7, expected(7));
  close(t, at500, expected(500));
});

test('halves, inclusive rates and a start are those of tensor2tensor', (t) => {
  const [first] = code(sinusoidal({ layout: 'halves', inclusive: true, start: 1 }), line(2)) as [number[]];
  // num_timescales 4, increment ln(10000) / 3
  const rates = [0, 1, 2, 3].map((i) => Math.exp((-i * Math.log(10_000)) / 3));
  close(t, first, [...rates.map((rate) => Math.sin(3 * rate)), ...rates.map((rate) => Math.cos(3 * rate))]);
});

test('several coordinates share the width', (t) => {
  const [both] = code(sinusoidal({ scale: 2 }), grid([3, 5]), 10) as [number[]];
  const rates = [1, 0.01];
  close(t, both, [...[6, 10].flatMap((x) => rates.flatMap((rate) => [Math.sin(x * rate), Math.cos(x * rate)])), 0, 0]);
});

test('learned positions are rows of a table, by row and column for two coordinates, and never beyond it', (t) => {
  const one = build(learned({ length: 3, start: 2 }));
  const table = one.store.all.get('x/table')!;
  t.deepEqual(table.shape, [5, 8]);
  const rows = table.arraySync() as number[][];
  const zeros = tf.zeros([1, 2, 8]) as tf.Tensor3D;
  t.deepEqual((one.positions.embed!(zeros, line(2, 0)).arraySync() as number[][][])[0], [rows[4], rows[2]]);
  const two = build(learned({ length: [2, 3] }));
  const places = two.store.all.get('x/table')!.arraySync() as number[][];
  t.deepEqual((two.positions.embed!(zeros, grid([1, 2], [0, 1])).arraySync() as number[][][])[0], [places[5], places[1]]);
  const error = t.throws<AnyformerError>(() => one.positions.embed!(zeros, line(2, 3)))!;
  t.is(error.code, 'positions/too-long');
  t.regex(error.message, /'x': position 3; accepted: whole numbers from 0 to 2: the table has 3 positions/);
  t.is(t.throws<AnyformerError>(() => two.positions.embed!(zeros, grid([1, 3], [0, 0])))!.code, 'positions/too-long');
  t.is(t.throws<AnyformerError>(() => two.positions.embed!(zeros, line(0, 1)))!.code, 'positions/coordinates');
});

test('rotary logits depend on distances alone, in one coordinate and in two', (t) => {
  const random = (seed: number) =>
    tf.tensor3d(
      Float32Array.from({ length: 16 }, (_, i) => Math.sin(seed * 100 + i * i)),
      [1, 1, 16],
    );
  const [q, k] = [random(1), random(2)];
  for (const [scheme, at] of [
    [rotary(), (x: number) => line(x)],
    [rotary({ interleaved: true }), (x: number) => line(x)],
    [rotary({ width: 4 }), (x: number) => line(x)],
    [rotary(), (x: number) => grid([x, 2 * x])],
  ] as const) {
    const { positions } = build(scheme, 16);
    const logit = (i: number, j: number) =>
      tf.sum(tf.mul(positions.rotation!(at(i))(q, 2), positions.rotation!(at(j))(k, 2))).dataSync()[0]!;
    t.true(Math.abs(logit(3, 5) - logit(10, 12)) < 1e-4);
    t.true(Math.abs(logit(3, 5) - logit(3, 6)) > 1e-3);
    t.true(Math.abs(logit(0, 0) - tf.sum(tf.mul(q, k)).dataSync()[0]!) < 1e-5);
  }
  t.is(t.throws<AnyformerError>(() => build(rotary(), 6))!.code, 'positions/rotary-width');
});

test('ALiBi falls off by the slopes of the paper', (t) => {
  close(
    t,
    alibiSlopes(8),
    [1, 2, 3, 4, 5, 6, 7, 8].map((i) => 2 ** -i),
  );
  // 12 heads: those of 8, then every other of 16
  close(t, alibiSlopes(12), [...[1, 2, 3, 4, 5, 6, 7, 8].map((i) => 2 ** -i), ...[0.5, 1.5, 2.5, 3.5].map((i) => 2 ** -i)]);
  const bias = build(alibi()).positions.bias!(line(2), line(0, 1, 2));
  t.deepEqual(bias.shape, [1, 2, 1, 3]);
  close(
    t,
    [...bias.dataSync()],
    [-2 / 16, -1 / 16, 0, -2 / 256, -1 / 256, 0].map((x) => x || 0),
  );
});

test('relative buckets are those of T5', (t) => {
  // transformers' T5Attention._relative_position_bucket(d, bidirectional, 32, 128)
  const distances = [-200, -128, -64, -32, -17, -16, -9, -8, -7, -1, 0, 1, 7, 8, 16, 32, 64, 127, 200];
  t.deepEqual(
    distances.map((d) => relativeBucket(d, 32, 128, true)),
    [15, 15, 14, 12, 10, 10, 8, 8, 7, 1, 0, 17, 23, 24, 26, 28, 30, 31, 31],
  );
  t.deepEqual(
    distances.map((d) => relativeBucket(d, 32, 128, false)),
    [31, 31, 26, 21, 16, 16, 9, 8, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  );
});

test('relative biases are numbers of the table by bucket', (t) => {
  const { store, positions } = build(relativeBuckets({ buckets: 8, maxDistance: 16 }));
  const table = store.all.get('x/table')!.arraySync() as number[][];
  const bias = positions.bias!(line(4, 5), line(4, 5, 30)).arraySync() as number[][][][];
  for (const head of [0, 1])
    for (const [i, query] of [4, 5].entries())
      for (const [j, key] of [4, 5, 30].entries()) t.is(bias[0]![head]![i]![j], table[relativeBucket(key - query, 8, 16, true)]![head]);
});

test('coordinates may differ from row to row', (t) => {
  const places = coordinatesOf(tf.tensor3d([0, 1, 5, 6], [2, 2, 1]));
  const zeros = tf.zeros([2, 2, 8]) as tf.Tensor3D;
  const rows = build(sinusoidal()).positions.embed!(zeros, places).arraySync() as number[][][];
  close(t, rows[1]![0]!, code(sinusoidal(), line(5))[0]!);
  const bias = build(alibi()).positions.bias!(places, places).arraySync() as number[][][][];
  t.deepEqual(bias[0], bias[1]);
});
