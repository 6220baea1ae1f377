import test from 'ava';
import { everyEngine } from '../engines/every-engine.test-support.js';
import { useEngine } from '../engines/use-engine.js';
import { tensorCount } from '../memory.js';
import { uniform } from '../ops/float64.test-support.js';
import * as tf from '../tf.js';

interface Case {
  x: [number, number, number, number];
  filter: [number, number, number, number];
  strides: [number, number];
  pad: 'same' | 'valid' | tf.backend_util.ExplicitPadding;
  dilations?: [number, number];
}

const explicit = (top: number, bottom: number, left: number, right: number): tf.backend_util.ExplicitPadding => [
  [0, 0],
  [top, bottom],
  [left, right],
  [0, 0],
];

const fixed: Case[] = [
  { x: [1, 1, 1, 1], filter: [1, 1, 1, 1], strides: [1, 1], pad: 'valid' },
  { x: [2, 7, 5, 3], filter: [1, 1, 3, 17], strides: [1, 1], pad: 'same' },
  { x: [2, 7, 5, 3], filter: [1, 1, 3, 17], strides: [2, 2], pad: 'same' },
  { x: [3, 8, 8, 3], filter: [4, 4, 3, 7], strides: [4, 4], pad: 'valid' },
  { x: [1, 17, 17, 63], filter: [3, 3, 63, 65], strides: [1, 1], pad: 'same' },
  { x: [1, 65, 33, 5], filter: [3, 5, 5, 3], strides: [2, 1], pad: 'same' },
  { x: [1, 9, 9, 4], filter: [3, 3, 4, 5], strides: [1, 1], pad: explicit(2, 0, 1, 3) },
  { x: [2, 9, 9, 4], filter: [3, 2, 4, 5], strides: [1, 1], pad: 'same', dilations: [2, 3] },
  { x: [0, 5, 5, 2], filter: [3, 3, 2, 3], strides: [1, 1], pad: 'same' },
  { x: [3, 129, 7, 1], filter: [7, 3, 1, 2], strides: [3, 2], pad: 'valid' },
];

/** Cases drawn at random, the same each time. */
function drawn(count: number): Case[] {
  const next = uniform(11);
  const pick = (most: number): number => 1 + Math.floor(((next() + 1) / 2) * most);
  return Array.from({ length: count }, () => {
    const [height, width] = [pick(4), pick(4)];
    const dilated = pick(4) === 1;
    const pads = [0, 1, 2, 3].map((i) => pick(i < 2 ? height : width) - 1) as [number, number, number, number];
    return {
      x: [pick(3), height * 2 + pick(9), width * 2 + pick(9), pick(19)],
      filter: [height, width, 0, pick(19)],
      strides: dilated ? [1, 1] : [pick(3), pick(3)],
      pad: pick(3) === 1 ? explicit(...pads) : pick(2) === 1 ? 'same' : 'valid',
      ...(dilated ? { dilations: [pick(2), pick(2)] } : {}),
    } as Case;
  }).map((one) => ({ ...one, filter: [one.filter[0], one.filter[1], one.x[3], one.filter[3]] }));
}

const cases = [...fixed, ...drawn(40)];

/** The output, and both gradients where tfjs has them: of a dilated convolution it has none. */
function results({ x, filter, strides, pad, dilations = [1, 1] }: Case): tf.Tensor[] {
  const next = uniform(3);
  const made = (shape: number[]): tf.Tensor => tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, next), shape);
  const [input, weight] = [made(x), made(filter)] as [tf.Tensor4D, tf.Tensor4D];
  const run = (x: tf.Tensor4D, filter: tf.Tensor4D): tf.Tensor4D => tf.conv2d(x, filter, strides, pad, 'NHWC', dilations);
  const y = run(input, weight);
  if (dilations.some((d) => d > 1)) return [y];
  return [y, ...tf.grads((x, filter) => run(x as tf.Tensor4D, filter as tf.Tensor4D))([input, weight], made(y.shape))];
}

async function numbers(subject: Case): Promise<{ shape: number[]; values: Float32Array }[]> {
  const outs = tf.tidy(() => results(subject));
  const read = await Promise.all(outs.map(async (out) => ({ shape: out.shape, values: await out.data<'float32'>() })));
  tf.dispose(outs);
  return read;
}

for (const { name: engine, start } of everyEngine.filter(({ name }) => name !== 'cpu'))
  test.serial(`${engine}: ${cases.length} convolutions and their gradients as on the plain backend`, async (t) => {
    for (const subject of cases) {
      const name = JSON.stringify(subject);
      await useEngine({ engine: 'cpu' });
      const wanted = await numbers(subject);
      await start();
      const before = tensorCount();
      const given = await numbers(subject);
      t.deepEqual(
        given.map(({ shape }) => shape),
        wanted.map(({ shape }) => shape),
        name,
      );
      for (const [i, { values }] of given.entries()) {
        const right = wanted[i]!.values;
        const scale = right.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
        const wrong = values.findIndex((x, j) => !(Math.abs(x - right[j]!) <= 1e-5 * scale));
        t.is(wrong, -1, `${name} ${i}: ${values[wrong]} where ${right[wrong]} is right`);
      }
      t.is(tensorCount(), before, `${name} leaves nothing behind`);
    }
  });

for (const { name: engine, start } of everyEngine)
  test.serial(`${engine}: a NaN comes out of a convolution where it goes in`, async (t) => {
    await start();
    const x = tf.tensor4d([1, 2, 3, Number.NaN, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
    const filter = tf.ones([2, 2, 1, 1]) as tf.Tensor4D;
    const y = tf.conv2d(x, filter, 1, 'valid');
    const slopes = tf.grad((x) => tf.conv2d(x as tf.Tensor4D, filter, 1, 'valid'))(x, tf.fill([1, 2, 2, 1], Number.NaN));
    t.deepEqual([...(await y.data())].map(Number.isNaN), [true, false, true, false]);
    t.true([...(await slopes.data())].every(Number.isNaN));
    tf.dispose([x, filter, y, slopes]);
  });
