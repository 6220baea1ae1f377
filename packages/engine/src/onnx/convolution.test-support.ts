import { activate } from '../ops/activation.js';
import * as tf from '../tf.js';
import { channelsLast, channelsSecond } from './axes.test-support.js';
import { type Node, number, numbers, type Operator, single } from './node.test-support.js';

/** Padding before and after each axis: given, or what `auto_pad` comes to. */
export function padding(node: Node, sizes: number[], kernel: number[], strides: number[], dilations: number[]): [number, number][] {
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

/** A convolution over two axes. With strides and dilations, which tfjs takes one at a time, it goes step by step and leaves places out. */
function convolution(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  strides: [number, number],
  pads: tf.backend_util.ExplicitPadding,
  dilations: [number, number],
): tf.Tensor4D {
  const both = strides.some((stride) => stride > 1) && dilations.some((dilation) => dilation > 1);
  if (!both) return tf.conv2d(x, filter, strides, pads, 'NHWC', dilations);
  const whole = tf.conv2d(x, filter, 1, pads, 'NHWC', dilations);
  return tf.stridedSlice(whole, [0, 0, 0, 0], whole.shape, [1, ...strides, 1]) as tf.Tensor4D;
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
    return convolution(part as tf.Tensor4D, own as tf.Tensor4D, two(strides, 1), explicit, two(dilations, 1));
  });
  const joined = each.length === 1 ? each[0]! : tf.concat(each, 3);
  const y = channelsSecond(b ? tf.add(joined, b) : joined);
  return axes === 1 ? tf.squeeze(y, [2]) : y;
});

/** A convolution of each channel with itself, over the steps up to now: those before the first come from the past, or are zero. */
const causalConv: Operator = (node) => {
  const [x, filter, bias, past] = node.inputs;
  const [b, channels] = x!.shape as [number, number, number];
  const kept = filter!.shape[2]! - 1;
  const all = tf.concat([past ?? tf.zeros([b, channels, kept]), x!], 2); // [b, channels, kept + l]
  const rows = tf.expandDims(channelsLast(all), 1) as tf.Tensor4D; // [b, 1, kept + l, channels]
  const depthwise = tf.expandDims(tf.transpose(filter!, [2, 0, 1]), 0) as tf.Tensor4D; // [1, kernel, channels, 1]
  const mixed = tf.squeeze(tf.depthwiseConv2d(rows, depthwise, 1, 'valid'), [1]); // [b, l, channels]
  const shifted = bias ? tf.add(mixed, bias) : mixed;
  const activated = ['silu', 'swish'].includes(node.attributes.activation as string) ? activate(shifted, 'silu') : shifted;
  return [channelsSecond(activated), tf.slice(all, [0, 0, all.shape[2]! - kept], [-1, -1, kept])];
};

/** Convolutions. */
export const convolutions: Record<string, Operator> = { CausalConvWithState: causalConv, Conv: conv };
