import { linear } from '../ops/linear.js';
import * as tf from '../tf.js';
import { channelsLast, channelsSecond, flag, type Node, number, numbers, type Operator, single } from './node.test-support.js';

const matMul: Operator = single(([a, b]) => {
  const [left, right] = [a!.shape.length === 1, b!.shape.length === 1];
  const x = left ? tf.reshape(a!, [1, -1]) : a!;
  const y = right ? tf.reshape(b!, [-1, 1]) : b!;
  const z = tf.matMul(x, y);
  const shape = z.shape.slice();
  if (right) shape.pop();
  if (left) shape.splice(right ? shape.length - 1 : shape.length - 2, 1);
  return tf.reshape(z, shape);
});

const gemm: Operator = single(([a, b, c], node) => {
  const [alpha, beta] = [number(node, 'alpha', 1), number(node, 'beta', 1)];
  const transposed = flag(node, 'transB');
  if (!flag(node, 'transA') && alpha === 1 && (!c || (beta === 1 && c.shape.length === 1 && c.size === b!.shape[transposed ? 0 : 1])))
    return linear(a!, b!, { transposed, bias: c as tf.Tensor1D | undefined });
  const product = tf.mul(tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, flag(node, 'transA'), transposed), alpha);
  return c ? tf.add(product, tf.mul(c, beta)) : product;
});

/** Padding before and after each axis: given, or what `auto_pad` comes to. */
function padding(node: Node, sizes: number[], kernel: number[], strides: number[], dilations: number[]): [number, number][] {
  const auto = (node.attributes.auto_pad as string) ?? 'NOTSET';
  const given = numbers(node, 'pads') ?? [];
  return sizes.map((size, i) => {
    if (auto === 'NOTSET') return [given[i] ?? 0, given[i + sizes.length] ?? 0];
    if (auto === 'VALID') return [0, 0];
    const reach = (kernel[i]! - 1) * dilations[i]! + 1;
    const all = Math.max(0, (Math.ceil(size / strides[i]!) - 1) * strides[i]! + reach - size);
    const less = Math.floor(all / 2);
    return auto === 'SAME_UPPER' ? [less, all - less] : [all - less, less];
  });
}

const conv: Operator = single(([x, w, b], node) => {
  const kernel = w!.shape.slice(2);
  const axes = kernel.length;
  if (axes > 2) throw new Error('a convolution over more than two axes');
  const ones = kernel.map(() => 1);
  const strides = numbers(node, 'strides') ?? ones;
  const dilations = numbers(node, 'dilations') ?? ones;
  const pads = padding(node, x!.shape.slice(2), kernel, strides, dilations);
  const groups = number(node, 'group', 1);
  // One axis is two, of which the first has size 1.
  const two = <T>(list: T[], first: T): [T, T] => (axes === 1 ? [first, list[0]!] : (list as [T, T]));
  const flat = (t: tf.Tensor): tf.Tensor4D => (axes === 1 ? tf.expandDims(t, 2) : t) as tf.Tensor4D;
  const input = channelsLast(flat(x!)); // [b, height, width, channels]
  const filter = tf.transpose(flat(w!), [2, 3, 1, 0]); // [height, width, channels / groups, outputs]
  const explicit = [[0, 0], ...two(pads, [0, 0]), [0, 0]] as tf.backend_util.ExplicitPadding;
  const each = tf.split(input, groups, 3).map((part, i) => {
    const outputs = w!.shape[0]! / groups;
    const own = tf.slice(filter, [0, 0, 0, i * outputs], [-1, -1, -1, outputs]);
    return tf.conv2d(part as tf.Tensor4D, own as tf.Tensor4D, two(strides, 1), explicit, 'NHWC', two(dilations, 1));
  });
  const joined = each.length === 1 ? each[0]! : tf.concat(each, 3);
  const y = channelsSecond(b ? tf.add(joined, b) : joined);
  return axes === 1 ? tf.squeeze(y, [2]) : y;
});

const pooled =
  (pool: typeof tf.maxPool): Operator =>
  (node) => {
    const x = node.inputs[0]!;
    const kernel = numbers(node, 'kernel_shape')!;
    const ones = kernel.map(() => 1);
    const strides = numbers(node, 'strides') ?? ones;
    const dilations = numbers(node, 'dilations') ?? ones;
    if (kernel.length !== 2 || dilations.some((d) => d !== 1) || flag(node, 'ceil_mode') || flag(node, 'count_include_pad'))
      throw new Error('a pooling of this kind');
    const pads = padding(node, x.shape.slice(2), kernel, strides, dilations);
    const explicit = [[0, 0], ...pads, [0, 0]] as tf.backend_util.ExplicitPadding;
    return [channelsSecond(pool(channelsLast(x) as tf.Tensor4D, kernel as [number, number], strides as [number, number], explicit))];
  };

const spatial = (x: tf.Tensor): number[] => x.shape.slice(2).map((_, i) => i + 2);

/** Operators that multiply matrices, and what stands on them. */
export const products: Record<string, Operator> = {
  AveragePool: pooled(tf.avgPool),
  Conv: conv,
  Einsum: single((inputs, { attributes }) => {
    const equation = (attributes.equation as string).replaceAll(' ', '');
    const given = equation.split('->')[0]!.replaceAll(',', '');
    const once = [...new Set(given)].filter((label) => given.split(label).length === 2).sort();
    return tf.einsum(equation.includes('->') ? equation : `${equation}->${once.join('')}`, ...inputs);
  }),
  Gemm: gemm,
  GlobalAveragePool: single(([x]) => tf.mean(x!, spatial(x!), true)),
  GlobalMaxPool: single(([x]) => tf.max(x!, spatial(x!), true)),
  MatMul: matMul,
  MaxPool: pooled(tf.maxPool),
};
