import * as tf from '../tf.js';

/** Stock tfjs ops that our kernels stand in for, at awkward shapes; the plain JavaScript backend says what is right. */
export const subjects: Record<string, { shapes: number[][]; run: (inputs: tf.Tensor[]) => tf.Tensor }> = {};

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
    [129, 385, 65],
    [1030, 17, 7], // columns of a transposed factor too far apart to be read in place
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
