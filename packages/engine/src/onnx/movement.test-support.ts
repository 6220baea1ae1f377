import * as tf from '../tf.js';
import { flag, fromStart, type Node, number, numbers, type Operator, onLastAxis, read, single, sizeOf } from './node.test-support.js';

/** Takes elements along an axis; negative places count from the end. */
function take(x: tf.Tensor, places: number[], axis: number, shape = [places.length]): tf.Tensor {
  const size = x.shape[axis]!;
  return tf.gather(
    x,
    tf.tensor(
      places.map((place) => fromStart(place, size)),
      shape,
      'int32',
    ),
    axis,
  );
}

/** Elements of the flattened tensor. */
const pick = (x: tf.Tensor, places: number[], shape: number[]): tf.Tensor => take(tf.reshape(x, [x.size]), places, 0, shape);

const stepsOf = (shape: number[]): number[] => shape.map((_, i) => sizeOf(shape.slice(i + 1)));

const slice: Operator = single(([x, starts, ends, axes, steps]) => {
  const [from, to] = [read(starts!), read(ends!)];
  const along = axes ? read(axes).map((axis) => fromStart(axis, x!.shape.length)) : from.map((_, i) => i);
  const stride = steps ? read(steps) : from.map(() => 1);
  return along.reduce((y, axis, i) => {
    const size = x!.shape[axis]!;
    const clip = (place: number, low: number, high: number): number => Math.min(Math.max(place < 0 ? place + size : place, low), high);
    const step = stride[i]!;
    const [begin, end] =
      step > 0 ? [clip(from[i]!, 0, size), clip(to[i]!, 0, size)] : [clip(from[i]!, 0, size - 1), clip(to[i]!, -1, size - 1)];
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

const gatherElements: Operator = single(([x, indices], node) => {
  const axis = fromStart(number(node, 'axis', 0), x!.shape.length);
  const [from, steps] = [stepsOf(x!.shape), stepsOf(indices!.shape)];
  const places = read(indices!).map((index, i) =>
    from.reduce((sum, step, a) => {
      const at = a === axis ? fromStart(index, x!.shape[axis]!) : Math.floor(i / steps[a]!) % indices!.shape[a]!;
      return sum + at * step;
    }, 0),
  );
  return pick(x!, places, indices!.shape);
});

const gatherND: Operator = single(([x, indices], node) => {
  const batch = number(node, 'batch_dims', 0);
  const depth = indices!.shape.at(-1)!;
  const inner = x!.shape.slice(batch + depth);
  const steps = stepsOf(x!.shape.slice(0, batch + depth)); // in blocks of `inner`
  const rows = sizeOf(indices!.shape.slice(batch, -1));
  const given = read(indices!);
  const places = Array.from({ length: given.length / depth }, (_, i) => {
    const start = batch === 0 ? 0 : Math.floor(i / rows) * steps[batch - 1]!;
    return steps.slice(batch).reduce((sum, step, a) => sum + step * fromStart(given[i * depth + a]!, x!.shape[batch + a]!), start);
  });
  return tf.reshape(take(tf.reshape(x!, [-1, sizeOf(inner)]), places, 0), [...indices!.shape.slice(0, -1), ...inner]);
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

const reshape: Operator = single(([x, shape], node) => {
  const given = read(shape!).map((size, i) => (size === 0 && !flag(node, 'allowzero') ? x!.shape[i]! : size));
  return tf.reshape(x!, given);
});

/** Axes as an input (from opset 13) or as an attribute. */
const axesOf = (node: Node): number[] | undefined => (node.inputs[1] ? read(node.inputs[1]) : numbers(node, 'axes'));

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

/** Operators that move elements. */
export const movement: Record<string, Operator> = {
  Concat: single((inputs, node) => tf.concat(inputs, fromStart(number(node, 'axis', 0), inputs[0]!.shape.length))),
  ConstantOfShape: single(([shape]) => tf.zeros(read(shape!))),
  Expand: single(([x, shape]) => tf.broadcastTo(x!, tf.backend_util.assertAndGetBroadcastShape(x!.shape, read(shape!)))),
  Flatten: single(([x], node) => {
    const rows = sizeOf(x!.shape.slice(0, fromStart(number(node, 'axis', 1), x!.shape.length)));
    return tf.reshape(x!, [rows, rows === 0 ? 0 : x!.size / rows]);
  }),
  Gather: single(([x, indices], node) => take(x!, read(indices!), fromStart(number(node, 'axis', 0), x!.shape.length), indices!.shape)),
  GatherElements: gatherElements,
  GatherND: gatherND,
  OneHot: oneHot,
  Pad: pad,
  Range: single(([start, limit, delta]) => {
    const [from, to, step] = [start!, limit!, delta!].map((t) => read(t)[0]!) as [number, number, number];
    return tf.tensor(
      Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, i) => from + i * step),
      undefined,
      start!.dtype,
    );
  }),
  Reshape: reshape,
  Slice: slice,
  Split: split,
  Squeeze: single(([x], node) => {
    const axes = axesOf(node)?.map((axis) => fromStart(axis, x!.shape.length));
    return tf.reshape(
      x!,
      x!.shape.filter((size, i) => (axes ? !axes.includes(i) : size !== 1)),
    );
  }),
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
  Unsqueeze: single(([x], node) => {
    const axes = axesOf(node)!;
    const rank = x!.shape.length + axes.length;
    const fresh = axes.map((axis) => fromStart(axis, rank));
    const sizes = x!.shape.slice();
    return tf.reshape(
      x!,
      Array.from({ length: rank }, (_, i) => (fresh.includes(i) ? 1 : sizes.shift()!)),
    );
  }),
};
