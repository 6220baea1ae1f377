// The table: each case is an op at a size, with what the float64 reference says. Sizes are odd on purpose.
import * as tf from '../tf.js';
import { type Activation, activate, activations, gated } from './activation.js';
import { attentions } from './attention-cases.test-support.js';
import type { Case } from './case.test-support.js';
import { crossEntropy } from './cross-entropy.js';
import { dropout, dropoutMask } from './dropout.js';
import { embedding } from './embedding.js';
import type { Block } from './float64.test-support.js';
import * as exact from './float64.test-support.js';
import { linear } from './linear.js';
import { linearCrossEntropy } from './linear-cross-entropy.js';
import { layerNorm, rmsNorm } from './norm.js';
import { residual } from './residual.js';
import { rotary } from './rotary.js';

const ints = (values: readonly number[], shape: number[] = [values.length]): tf.Tensor => tf.tensor([...values], shape, 'int32');
const idsUpTo = (n: number, v: number): number[] => Array.from({ length: n }, (_, i) => (i * 7 + 3) % v);

const linears: Case[] = [
  [1, 1, 1],
  [3, 17, 33],
  [33, 3, 17],
  [5, 64, 8],
  [17, 300, 9],
  [2, 33, 130],
].flatMap(([n, k, m], index) =>
  [false, true].map((transposed): Case => {
    const kind = ([undefined, ...activations] as (Activation | undefined)[])[index % 5];
    const withBias = index % 3 !== 1;
    return {
      name: `linear ${n}x${k}x${m}${transposed ? ' transposed' : ''} ${kind ?? ''}`,
      shapes: [[n!, k!], transposed ? [m!, k!] : [k!, m!], ...(withBias ? [[m!]] : [])],
      run: ([x, weight, bias]) =>
        linear(x!, weight!, { bias: bias as tf.Tensor1D | undefined, ...(kind ? { activation: kind } : {}), transposed }),
      exactly: ([x, weight, bias]) => exact.linear(x!, weight!, bias, transposed, kind),
    };
  }),
);

const elementwise: Case[] = activations.flatMap((kind): Case[] => [
  {
    name: `activate ${kind}`,
    shapes: [[3, 33]],
    run: ([x]) => activate(tf.mul(x!, 4), kind),
    exactly: ([x]) => exact.block(x!.shape, (i) => exact.activation[kind](4 * x!.data[i]!)),
  },
  {
    name: `gated ${kind}`,
    shapes: [
      [3, 17],
      [3, 17],
    ],
    run: ([gate, up]) => gated(gate!, up!, kind),
    exactly: ([gate, up]) => exact.block(gate!.shape, (i) => exact.activation[kind](gate!.data[i]!) * up!.data[i]!),
  },
]);

const norms: Case[] = [
  [1, 1],
  [3, 17],
  [130, 33],
  [7, 64],
].flatMap(([n, w]): Case[] => [
  {
    name: `layerNorm ${n}x${w}`,
    shapes: [[n!, w!], [w!], [w!]],
    run: ([x, gain, bias]) => layerNorm(x!, gain!, bias, 1e-3),
    exactly: ([x, gain, bias]) => exact.norm(x!, gain!, bias, 1e-3, true),
  },
  {
    name: `layerNorm without bias ${n}x${w}`,
    shapes: [[n!, w!], [w!]],
    run: ([x, gain]) => layerNorm(x!, gain!, undefined, 1e-3),
    exactly: ([x, gain]) => exact.norm(x!, gain!, undefined, 1e-3, true),
  },
  {
    name: `rmsNorm ${n}x${w}`,
    shapes: [[n!, w!], [w!]],
    run: ([x, gain]) => rmsNorm(x!, gain!, 1e-3),
    exactly: ([x, gain]) => exact.norm(x!, gain!, undefined, 1e-3, false),
  },
]);

const losses: Case[] = [
  [1, 3],
  [17, 33],
  [5, 257],
].flatMap(([n, v]) =>
  [0, 0.1].map((smoothing): Case => {
    const labels = idsUpTo(n!, v!).map((id, i) => (i === 2 || i === 4 ? -1 : id));
    return {
      name: `crossEntropy ${n}x${v} smoothing ${smoothing}`,
      shapes: [[n!, v!]],
      run: ([x]) => crossEntropy(x!, ints(labels), { labelSmoothing: smoothing }).sum,
      exactly: ([x]) => exact.crossEntropy(x!, labels, smoothing),
    };
  }),
);

const outputLosses: Case[] = [
  [1, 1, 3],
  [7, 17, 65],
  [63, 3, 7],
  [3, 65, 129],
].flatMap(([n, w, v], index) =>
  [0, 0.1].map((smoothing): Case => {
    const labels = idsUpTo(n!, v!).map((id, i) => (i === 1 || i === 4 ? -1 : id));
    const withBias = index % 2 === 1;
    return {
      name: `linearCrossEntropy ${n}x${w}x${v} smoothing ${smoothing}${withBias ? ' with bias' : ''}`,
      shapes: [[n!, w!], [v!, w!], ...(withBias ? [[v!]] : [])],
      run: ([x, table, bias]) => {
        const { sum } = linearCrossEntropy(x!, table!, ints(labels), { bias: bias as tf.Tensor1D | undefined, labelSmoothing: smoothing });
        return tf.mul(sum, 0.25);
      },
      exactly: ([x, table, bias]) => {
        const loss = exact.crossEntropy(exact.linear(x!, table!, bias, true), labels, smoothing);
        return exact.block([], () => loss.data[0]! / 4);
      },
    };
  }),
);

const lookups: Case[] = [
  [1, 3, 1],
  [33, 5, 17],
  [17, 40, 64],
].map(([n, v, w]): Case => {
  const ids = idsUpTo(n!, v!);
  return {
    name: `embedding of ${n} in ${v}x${w}`,
    shapes: [[v!, w!]],
    run: ([table]) => embedding(table!, ints(ids), 1.5),
    exactly: ([table]) => exact.embedding(table!, ids, 1.5),
  };
});

const rotations: Case[] = [true, false].flatMap((interleaved) =>
  [
    { b: 2, tables: 1, half: 3 },
    { b: 3, tables: 3, half: 2 },
  ].map(({ b, tables, half }): Case => {
    const angle = exact.block([tables, 5, half], (i) => i * 0.7);
    const cosine = exact.block(angle.shape, (i) => Math.cos(angle.data[i]!));
    const sine = exact.block(angle.shape, (i) => Math.sin(angle.data[i]!));
    const onEngine = (t: Block): tf.Tensor => tf.tensor(Float32Array.from(t.data), t.shape);
    return {
      name: `rotary ${interleaved ? 'interleaved' : 'halves'}, ${tables} tables, ${half} of 3 pairs`,
      shapes: [[b, 5, 2 * 6]],
      run: ([x]) => rotary(x as tf.Tensor3D, onEngine(cosine), onEngine(sine), 2, { interleaved }),
      exactly: ([x]) => exact.rotary(x!, cosine, sine, 2, interleaved),
    };
  }),
);

const others: Case[] = [
  {
    name: 'residual',
    shapes: [
      [3, 33],
      [3, 33],
    ],
    run: ([x, y]) => residual(x!, residual(y!, x!)),
    exactly: ([x, y]) => exact.block(x!.shape, (i) => 2 * x!.data[i]! + y!.data[i]!),
  },
  {
    name: 'dropout',
    shapes: [[7, 33]],
    run: ([x]) => dropout(x!, 0.3, 2 ** 40 + 5),
    exactly: ([x]) => {
      const mask = dropoutMask(7 * 33, 0.3, 2 ** 40 + 5);
      return exact.block(x!.shape, (i) => x!.data[i]! * mask[i]!);
    },
  },
];

export const cases: readonly Case[] = [
  ...linears,
  ...elementwise,
  ...norms,
  ...losses,
  ...outputLosses,
  ...lookups,
  ...rotations,
  ...attentions,
  ...others,
];
