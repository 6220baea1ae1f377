import * as tf from '../tf.js';
import { fromStart, onLastAxis } from './axes.test-support.js';
import { take } from './gather.test-support.js';
import { number, numbers, type Operator, read, single } from './node.test-support.js';

const slice: Operator = single(([x, starts, ends, axes, steps]) => {
  const [from, to] = [read(starts!), read(ends!)];
  const along = axes ? read(axes).map((axis) => fromStart(axis, x!.shape.length)) : from.map((_, i) => i);
  const stride = steps ? read(steps) : from.map(() => 1);
  return along.reduce((y, axis, i) => {
    const size = x!.shape[axis]!;
    const clip = (place: number, low: number, high: number): number => Math.min(Math.max(place < 0 ? place + size : place, low), high);
    const step = stride[i]!;
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
    const [begin, end] = [clip(from[i]!, low, high), clip(to[i]!, low, high)];
    const count = Math.max(0, Math.ceil((end - begin) / step));
    if (step === 1) {
      const [starts, sizes] = [y.shape.map(() => 0), y.shape.slice()];
      [starts[axis], sizes[axis]] = [begin, count];
      return tf.slice(y, starts, sizes);
    }
    return take(
      y,
      Array.from({ length: count }, (_, n) => begin + n * step),
      axis,
    );
  }, x!);
});

const split: Operator = (node) => {
  const [x, sizes] = node.inputs as tf.Tensor[];
  const axis = fromStart(number(node, 'axis', 0), x!.shape.length);
  const parts = number(node, 'num_outputs', node.outputs.length);
  const each = Math.ceil(x!.shape[axis]! / parts);
  const even = Array.from({ length: parts }, (_, i) => Math.max(0, Math.min(each, x!.shape[axis]! - i * each)));
  return tf.split(x!, sizes ? read(sizes) : even, axis);
};

const pad: Operator = single(([x, pads, value, axes], { attributes }) => {
  const along = axes ? read(axes).map((axis) => fromStart(axis, x!.shape.length)) : x!.shape.map((_, i) => i);
  const given = read(pads!);
  const mode = (attributes.mode as string) ?? 'constant';
  if (mode === 'constant' && given.every((n) => n >= 0)) {
    const all = x!.shape.map((): [number, number] => [0, 0]);
    for (const [i, axis] of along.entries()) all[axis] = [given[i]!, given[i + along.length]!];
    return tf.pad(x!, all, value ? read(value)[0]! : 0);
  }
  return along.reduce((y, axis, i) => {
    const size = y.shape[axis]!;
    const length = size + given[i]! + given[i + along.length]!;
    const place = (n: number): number => {
      const at = n - given[i]!;
      if (mode === 'wrap') return ((at % size) + size) % size;
      if (mode === 'reflect' && size > 1) {
        const turn = ((at % (2 * size - 2)) + 2 * size - 2) % (2 * size - 2);
        return turn < size ? turn : 2 * size - 2 - turn;
      }
      return Math.min(Math.max(at, 0), size - 1);
    };
    return take(
      y,
      Array.from({ length }, (_, n) => place(n)),
      axis,
    );
  }, x!);
});

const oneHot: Operator = single(([indices, depth, values], node) => {
  const size = read(depth!)[0]!;
  const [off, on] = read(values!);
  const ids = tf.tensor(
    read(indices!).map((id) => (id < 0 ? id + size : id)),
    indices!.shape,
    'int32',
  );
  const hot = tf.cast(tf.oneHot(ids, size), values!.dtype as 'float32'); // [..., depth]
  const filled = tf.add(tf.mul(hot, tf.scalar(on! - off!, values!.dtype as 'float32')), tf.scalar(off!, values!.dtype as 'float32'));
  const rank = filled.shape.length;
  const axis = fromStart(number(node, 'axis', -1), rank);
  const order = [...Array(rank - 1).keys()];
  order.splice(axis, 0, rank - 1);
  return tf.transpose(filled as tf.Tensor, order);
});

const triangle: Operator = single(([x, k], node) => {
  const [rows, columns] = x!.shape.slice(-2) as [number, number];
  const shift = k ? read(k)[0]! : 0;
  const upper = number(node, 'upper', 1) !== 0;
  const kept = Array.from({ length: rows * columns }, (_, i) => {
    const above = (i % columns) - Math.floor(i / columns) - shift;
    return upper ? above >= 0 : above <= 0;
  });
  if (x!.size === 0) return tf.clone(x!);
  return tf.where(tf.broadcastTo(tf.tensor(kept, [rows, columns], 'bool'), x!.shape), x!, tf.zerosLike(x!));
});

/** Channels become rows and columns: of a block's channels the rows come first (DCR), or the channel itself (CRD). */
const depthToSpace: Operator = single(([x], node) => {
  const [b, channels, height, width] = x!.shape as [number, number, number, number];
  const block = number(node, 'blocksize', 1);
  const depth = channels / block ** 2;
  const [inner, order] =
    node.attributes.mode === 'CRD'
      ? [
          [depth, block, block],
          [0, 1, 4, 2, 5, 3],
        ]
      : [
          [block, block, depth],
          [0, 3, 4, 1, 5, 2],
        ];
  const blocks = tf.reshape(x!, [b, ...inner, height, width]);
  return tf.reshape(tf.transpose(blocks, order), [b, depth, height * block, width * block]);
});

/** Rows and columns of a block become channels, in one of the two orders. */
const spaceToDepth: Operator = single(([x], node) => {
  const [b, channels, height, width] = x!.shape as [number, number, number, number];
  const block = number(node, 'blocksize', 1);
  const blocks = tf.reshape(x!, [b, channels, height / block, block, width / block, block]);
  const order = node.attributes.mode === 'CRD' ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4];
  return tf.reshape(tf.transpose(blocks, order), [b, channels * block ** 2, height / block, width / block]);
});

/** Operators that move elements. */
export const movement: Record<string, Operator> = {
  Concat: single((inputs, node) => tf.concat(inputs, fromStart(number(node, 'axis', 0), inputs[0]!.shape.length))),
  DepthToSpace: depthToSpace,
  OneHot: oneHot,
  Pad: pad,
  Slice: slice,
  SpaceToDepth: spaceToDepth,
  Split: split,
  Tile: single(([x, reps]) => tf.tile(x!, read(reps!))),
  TopK: (node) => {
    const [x, k] = node.inputs as tf.Tensor[];
    const axis = number(node, 'axis', -1);
    const sign = number(node, 'largest', 1) ? 1 : -1;
    const found = (x: tf.Tensor) => tf.topk(sign === 1 ? x : tf.neg(x), read(k!)[0]!);
    return [
      onLastAxis(x!, axis, (x) => (sign === 1 ? found(x).values : tf.neg(found(x).values))),
      onLastAxis(x!, axis, (x) => found(x).indices),
    ];
  },
  Transpose: single(([x], node) => tf.transpose(x!, numbers(node, 'perm'))),
  Trilu: triangle,
};
