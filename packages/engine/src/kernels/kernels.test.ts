import test, { type ExecutionContext } from 'ava';
import { everyEngine } from '../engines/every-engine.test-support.js';
import { useEngine } from '../engines/use-engine.js';
import { tensorCount } from '../memory.js';
import { activate } from '../ops/activation.js';
import { uniform } from '../ops/float64.test-support.js';
import { linear } from '../ops/linear.js';
import { layerNorm } from '../ops/norm.js';
import * as tf from '../tf.js';

/** Stock tfjs ops that our kernels stand in for, at awkward shapes; the plain JavaScript backend says what is right. */
const subjects: Record<string, { shapes: number[][]; run: (inputs: tf.Tensor[]) => tf.Tensor }> = {};

for (const [batchA, batchB] of [
  [[], []],
  [[3], [3]],
  [
    [2, 3],
    [2, 3],
  ],
  [[3], []],
  [[], [3]],
  [[1], [3]],
  [[3], [1]],
  [
    [2, 1],
    [2, 3],
  ],
  [
    [3, 1],
    [1, 2],
  ],
  [
    [2, 1, 3],
    [2, 1],
  ],
] as [number[], number[]][])
  for (const [m, k, n] of [
    [1, 1, 1],
    [3, 17, 33],
    [33, 65, 7],
    [7, 300, 130],
  ] as [number, number, number][])
    for (const [ta, tb] of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ] as [boolean, boolean][])
      subjects[`matMul [${batchA}] [${batchB}] ${m}x${k}x${n} ${ta ? 'T' : 'N'}${tb ? 'T' : 'N'}`] = {
        shapes: [
          [...batchA, ...(ta ? [k, m] : [m, k])],
          [...batchB, ...(tb ? [n, k] : [k, n])],
        ],
        run: ([a, b]) => tf.matMul(a!, b!, ta, tb),
      };

for (const [shape, parts, axis] of [
  [[4, 6, 5], 3, 1],
  [[4, 6, 5], [1, 2, 3], 1],
  [[4, 6, 5], [2, 0, 2], 0],
  [[7, 3], [1, 2], -1],
  [[9], [4, 5], 0],
] as [number[], number | number[], number][])
  subjects[`split [${shape}] into ${parts} along ${axis}`] = {
    shapes: [shape],
    // Each part counts by another factor, so that none is taken for another.
    run: ([x]) =>
      tf.concat(
        tf.split(x!, parts as number[], axis).map((part, i) => tf.mul(part, i + 1)),
        axis,
      ),
  };

const binaries = { add: tf.add, sub: tf.sub, mul: tf.mul, div: tf.div, maximum: tf.maximum, minimum: tf.minimum };
for (const [name, op] of Object.entries(binaries))
  for (const [a, b] of [
    [[33], [33]],
    [[3, 17], [17]],
    [
      [3, 17],
      [3, 1],
    ],
    [[17], [3, 17]],
    [[], [3, 5]],
    [
      [2, 1, 5],
      [2, 3, 1],
    ],
    [
      [2, 3, 4, 5],
      [1, 3, 1, 5],
    ],
    [
      [2, 1, 3, 1, 2, 1, 3],
      [1, 2, 1, 3, 1, 2, 1],
    ],
  ] as [number[], number[]][])
    subjects[`${name} [${a}] [${b}]`] = { shapes: [a, b], run: ([x, y]) => op(x!, y!) };

const unaries = { square: tf.square, exp: tf.exp, neg: tf.neg, sigmoid: tf.sigmoid, relu: tf.relu, reciprocal: tf.reciprocal, abs: tf.abs };
for (const [name, op] of Object.entries(unaries)) subjects[name] = { shapes: [[3, 33]], run: ([x]) => op(tf.mul(x!, 5)) };
for (const [name, op] of Object.entries({ sqrt: tf.sqrt, rsqrt: tf.rsqrt, log: tf.log }))
  subjects[name] = { shapes: [[33]], run: ([x]) => op(tf.abs(x!)) };

for (const axis of [undefined, 0, 1, 2, [0, 1], [1, 2], [0, 2], -1])
  for (const keep of [false, true]) {
    subjects[`sum ${axis} ${keep}`] = { shapes: [[5, 33, 7]], run: ([x]) => tf.sum(x!, axis, keep) };
    subjects[`mean ${axis} ${keep}`] = { shapes: [[5, 33, 7]], run: ([x]) => tf.mean(x!, axis, keep) };
  }
for (const shape of [[1], [3, 17], [2, 3, 33]]) {
  subjects[`softmax [${shape}]`] = { shapes: [shape], run: ([x]) => tf.softmax(tf.mul(x!, 30)) };
  subjects[`logSoftmax [${shape}]`] = { shapes: [shape], run: ([x]) => tf.logSoftmax(tf.mul(x!, 30)) };
  subjects[`max [${shape}]`] = { shapes: [shape], run: ([x]) => tf.max(x!, -1, true) };
  subjects[`argMax [${shape}]`] = { shapes: [shape], run: ([x]) => tf.argMax(x!, -1) };
}
for (const order of [
  [2, 1, 0, 3],
  [0, 2, 1, 3],
  [3, 2, 1, 0],
  [1, 0, 3, 2],
  [0, 1, 3, 2],
])
  subjects[`transpose ${order}`] = { shapes: [[2, 3, 9, 17]], run: ([x]) => tf.transpose(x!, order) };
subjects['transpose 6 axes'] = { shapes: [[2, 3, 2, 3, 2, 3]], run: ([x]) => tf.transpose(x!, [5, 3, 1, 4, 2, 0]) };
subjects.slice = { shapes: [[5, 7, 9]], run: ([x]) => tf.slice(x!, [1, 2, 3], [3, -1, 4]) };
subjects['slice of nothing'] = { shapes: [[5, 7]], run: ([x]) => tf.slice(x!, [1, 2], [0, 3]) };
subjects['concat 0'] = {
  shapes: [
    [2, 5],
    [1, 5],
    [3, 5],
  ],
  run: (list) => tf.concat(list, 0),
};
subjects['concat -1'] = {
  shapes: [
    [2, 3, 5],
    [2, 3, 1],
    [2, 3, 17],
  ],
  run: (list) => tf.concat(list, -1),
};
subjects.stack = {
  shapes: [
    [3, 5],
    [3, 5],
  ],
  run: (list) => tf.stack(list, 1),
};
subjects['stack -1'] = {
  shapes: [
    [3, 5],
    [3, 5],
    [3, 5],
  ],
  run: (list) => tf.stack(list, -1),
};
subjects.addN = {
  shapes: [
    [3, 5],
    [3, 5],
    [3, 5],
  ],
  run: (list) => tf.addN(list),
};
subjects.pad = {
  shapes: [[2, 3, 5]],
  run: ([x]) =>
    tf.pad(
      x!,
      [
        [1, 0],
        [0, 2],
        [3, 1],
      ],
      7,
    ),
};
subjects['a batch of nothing'] = {
  shapes: [
    [0, 3],
    [3, 5],
  ],
  run: ([x, y]) => tf.matMul(x as tf.Tensor2D, y as tf.Tensor2D),
};
subjects['products of no depth'] = {
  shapes: [
    [3, 0],
    [0, 5],
  ],
  run: ([x, y]) => tf.matMul(x as tf.Tensor2D, y as tf.Tensor2D),
};
subjects['sum of nothing'] = { shapes: [[3, 0]], run: ([x]) => tf.sum(x!, 1) };
subjects.tile = { shapes: [[2, 1, 5]], run: ([x]) => tf.tile(x!, [1, 4, 1]) };
subjects['tile of all axes'] = { shapes: [[2, 3]], run: ([x]) => tf.tile(x!, [2, 3]) };
subjects.gather = { shapes: [[7, 3, 5]], run: ([x]) => tf.gather(x!, tf.tensor2d([6, 0, 3, 3], [2, 2], 'int32')) };
subjects['gather axis 1'] = { shapes: [[3, 7]], run: ([x]) => tf.gather(x!, tf.tensor1d([6, 0, 3], 'int32'), 1) };
subjects.unsortedSegmentSum = { shapes: [[5, 3]], run: ([x]) => tf.unsortedSegmentSum(x!, tf.tensor1d([1, 0, 1, 3, -1], 'int32'), 4) };
subjects.where = {
  shapes: [
    [3, 5],
    [3, 5],
  ],
  run: ([x, y]) => tf.where(tf.greater(x!, 0), x!, y!),
};
subjects.cast = { shapes: [[17]], run: ([x]) => tf.cast(tf.cast(tf.mul(x!, 9), 'int32'), 'float32') };
subjects['cast of bool'] = { shapes: [[17]], run: ([x]) => tf.cast(tf.greater(x!, 0), 'float32') };
subjects.fill = { shapes: [[3, 5]], run: ([x]) => tf.add(tf.add(tf.zerosLike(x!), tf.onesLike(x!)), tf.fill([3, 5], 2.5)) };
subjects['a stock kernel between two of ours'] = { shapes: [[3, 5]], run: ([x]) => tf.mul(tf.cumsum(tf.mul(x!, 2), 1), 3) };

const inputs = (shapes: number[][]): tf.Tensor[] => {
  const next = uniform(3);
  return shapes.map((shape) => tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, next), shape));
};

async function result(
  run: (typeof subjects)[string]['run'],
  shapes: number[][],
): Promise<{ shape: number[]; dtype: string; values: number[] }> {
  const out = tf.tidy(() => run(inputs(shapes)));
  const found = { shape: out.shape, dtype: out.dtype, values: [...(await out.data())] };
  out.dispose();
  return found;
}

function compare(t: ExecutionContext, name: string, given: number[], wanted: number[]): void {
  const scale = Math.max(1, ...wanted.map(Math.abs));
  const wrong = given.findIndex((x, i) => !(Math.abs(x - wanted[i]!) <= 1e-5 * scale));
  t.is(wrong, -1, `${name}: ${given[wrong]} where ${wanted[wrong]} is right, at ${wrong}`);
}

for (const { name: engine, start } of everyEngine.filter(({ name }) => name !== 'cpu'))
  test.serial(`${engine}: ${Object.keys(subjects).length} stock ops as on the plain backend`, async (t) => {
    for (const [name, { shapes, run }] of Object.entries(subjects)) {
      await useEngine({ engine: 'cpu' });
      const wanted = await result(run, shapes);
      await start();
      const before = tensorCount();
      const given = await result(run, shapes);
      t.deepEqual([given.shape, given.dtype], [wanted.shape, wanted.dtype], name);
      compare(t, name, given.values, wanted.values);
      t.is(tensorCount(), before, `${name} leaves nothing behind`);
    }
  });

for (const { name: engine, start } of everyEngine)
  test.serial(`${engine}: a NaN comes out of everything it goes into`, async (t) => {
    await start();
    const x = tf.tensor2d([1, Number.NaN, 2, 3, 1, 2, 3, 4, 5, 6], [2, 5]);
    const outs = [
      tf.matMul(x, x, false, true),
      tf.relu(x),
      tf.softmax(x),
      tf.maximum(x, tf.zerosLike(x)),
      tf.maximum(0, x),
      linear(x, x, { activation: 'relu', transposed: true }),
      activate(x, 'gelu'),
      layerNorm(x, tf.ones([5]), undefined, 1e-5),
      tf.exp(x),
      tf.log(x),
      tf.max(x, 1),
      tf.logSoftmax(x),
      tf.sum(x),
    ];
    for (const [i, out] of outs.entries()) t.true([...(await out.data())].some(Number.isNaN), `output ${i}`);
    tf.dispose([x, ...outs]);
  });

for (const { name: engine, start } of everyEngine)
  test.serial(`${engine}: what is reduced to nothing is the neutral element`, async (t) => {
    await start();
    const nothing = tf.zeros([2, 0, 3]);
    const outs = [tf.max(nothing, 1), tf.min(nothing, 1), tf.sum(nothing, 1), tf.prod(nothing, 1), tf.max(nothing, [0, 1], true)];
    for (const [i, [value, shape]] of [
      [Number.NEGATIVE_INFINITY, [2, 3]],
      [Number.POSITIVE_INFINITY, [2, 3]],
      [0, [2, 3]],
      [1, [2, 3]],
      [Number.NEGATIVE_INFINITY, [1, 1, 3]],
    ].entries() as IterableIterator<[number, [number, number[]]]>) {
      t.deepEqual(outs[i]!.shape, shape);
      t.true(
        [...(await outs[i]!.data())].every((x) => x === value),
        `output ${i}`,
      );
    }
    tf.dispose([nothing, ...outs]);
  });

for (const { name: engine, start } of everyEngine)
  test.serial(`${engine}: a sum of many ones is exact`, async (t) => {
    if (engine === 'cpu') return t.pass();
    await start();
    const ones = tf.fill([20_000_003], 1);
    const total = tf.sum(ones);
    t.is((await total.data())[0], Math.fround(20_000_003));
    tf.dispose([ones, total]);
  });

for (const { name: engine, start } of everyEngine)
  test.serial(`${engine}: exponential and logarithm to a few units in the last place, and at the edges`, async (t) => {
    await start();
    const x = Float32Array.from({ length: 20_001 }, (_, i) => (i - 10_000) / 120);
    const [up, down] = tf.tidy(() => [tf.exp(tf.tensor1d(x)), tf.log(tf.exp(tf.tensor1d(x)))]) as [tf.Tensor, tf.Tensor];
    const [exps, logs] = [await up.data(), await down.data()];
    t.true(x.every((at, i) => Math.abs(exps[i]! / Math.exp(at) - 1) < 3e-7));
    t.true(x.every((_, i) => Math.abs(logs[i]! - Math.log(exps[i]!)) < 3e-7 * (1 + Math.abs(logs[i]!))));
    const edges = tf.tidy(() => [
      tf.exp(tf.tensor1d([100, -200, Number.POSITIVE_INFINITY])),
      tf.log(tf.tensor1d([0, -1, Number.POSITIVE_INFINITY])),
    ]);
    const [above, below] = [await edges[0]!.data(), await edges[1]!.data()];
    t.deepEqual([above[0], above[2]], [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    t.is(above[1], engine === 'cpu' ? Math.fround(Math.exp(-200)) : 0);
    t.deepEqual([...below], [Number.NEGATIVE_INFINITY, Number.NaN, Number.POSITIVE_INFINITY]);
    tf.dispose([up, down, edges]);
  });
