import * as tf from '../tf.js';
import { areFloats, type Replacement, sizeOf } from './kernel.js';

/** The kernels' numbers of the binary operations. */
export const binaryOperations = { Add: 0, AddV2: 0, Sub: 1, Multiply: 2, RealDiv: 3, Maximum: 4, Minimum: 5 };

/** The kernels' numbers of the unary operations. */
export const unaryOperations = { Square: 0, Sqrt: 1, Rsqrt: 2, Exp: 3, Neg: 4, Sigmoid: 5, Reciprocal: 6, Log: 7, Abs: 8 };

/** One binary operation, same shape or broadcast, on float32. */
export function binary(operation: number): Replacement {
  return ({ inputs, backend }) => {
    const { a, b } = inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    if (!areFloats(a, b)) return undefined;
    const n = sizeOf(a.shape);
    const x = backend.address(a);
    const y = backend.address(b);
    if (tf.util.arraysEqual(a.shape, b.shape)) {
      const out = backend.info(a.shape);
      backend.call.binary(operation, n, x, y, backend.address(out));
      return out;
    }
    const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const plan = broadcastPlan(shape, a.shape, b.shape);
    if (!plan) return undefined;
    const out = backend.info(shape);
    backend.call.binary_broadcast(operation, ...plan.sizes, x, ...plan.aSteps, y, ...plan.bSteps, backend.address(out));
    return out;
  };
}

/** Sizes and steps of a broadcast, 4 axes. */
interface BroadcastPlan {
  sizes: number[];
  aSteps: number[];
  bSteps: number[];
}

/** Joins neighbouring axes that both sides treat alike; undefined where more than four remain. */
function broadcastPlan(shape: number[], a: readonly number[], b: readonly number[]): BroadcastPlan | undefined {
  const sizes: number[] = [];
  const kinds: number[] = []; // 1: only a moves, 2: only b, 3: both
  for (let i = 0; i < shape.length; i++) {
    const size = shape[i]!;
    if (size === 1) continue;
    const kind = ((a[i - shape.length + a.length] ?? 1) > 1 ? 1 : 0) + ((b[i - shape.length + b.length] ?? 1) > 1 ? 2 : 0);
    if (kinds.at(-1) === kind) sizes[sizes.length - 1]! *= size;
    else {
      sizes.push(size);
      kinds.push(kind);
    }
  }
  if (sizes.length > 4) return undefined;
  while (sizes.length < 4) {
    sizes.unshift(1);
    kinds.unshift(0);
  }
  return { sizes, aSteps: steps(sizes, kinds, 1), bSteps: steps(sizes, kinds, 2) };
}

function steps(sizes: number[], kinds: number[], side: 1 | 2): number[] {
  const result = [0, 0, 0, 0];
  let step = 1;
  for (let i = 3; i >= 0; i--) {
    if (!(kinds[i]! & side)) continue;
    result[i] = step;
    step *= sizes[i]!;
  }
  return result;
}

/** One unary operation on float32. */
export function unary(operation: number): Replacement {
  return ({ inputs, backend }) => {
    const x = inputs.x!;
    if (!areFloats(x)) return undefined;
    const out = backend.info(x.shape);
    backend.call.unary(operation, sizeOf(x.shape), backend.address(x), backend.address(out));
    return out;
  };
}

/** ReLU as a kernel of its own. */
export const relu: Replacement = ({ inputs, backend }) => {
  const x = inputs.x!;
  if (!areFloats(x)) return undefined;
  const out = backend.info(x.shape);
  backend.call.activation(1, sizeOf(x.shape), backend.address(x), backend.address(out));
  return out;
};

/** int32 and bool to float32. */
export const cast: Replacement = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  if (attrs.dtype !== 'float32' || (x.dtype !== 'int32' && x.dtype !== 'bool')) return undefined;
  const out = backend.info(x.shape);
  const convert = x.dtype === 'int32' ? backend.call.float_from_int : backend.call.float_from_byte;
  convert(sizeOf(x.shape), backend.address(x), backend.address(out));
  return out;
};

/** `tf.where` on float32 values of one shape. */
export const select: Replacement = ({ inputs, backend }) => {
  const { condition, t, e } = inputs as { condition: tf.TensorInfo; t: tf.TensorInfo; e: tf.TensorInfo };
  if (!areFloats(t, e) || condition.dtype !== 'bool' || !tf.util.arraysEqual(condition.shape, t.shape)) return undefined;
  const out = backend.info(t.shape);
  backend.call.select_values(sizeOf(t.shape), backend.address(condition), backend.address(t), backend.address(e), backend.address(out));
  return out;
};

/** The sum of a list of float32 tensors of one shape. */
export const addN: Replacement = ({ inputs, backend }) => {
  const list = Object.values(inputs);
  if (list.length < 2 || !areFloats(...list)) return undefined;
  const n = sizeOf(list[0]!.shape);
  const out = backend.info(list[0]!.shape);
  const sum = backend.address(out);
  backend.call.binary(0, n, backend.address(list[0]!), backend.address(list[1]!), sum);
  for (const x of list.slice(2)) backend.call.add_in_place(n, sum, backend.address(x), 1);
  return out;
};
