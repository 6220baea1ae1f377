import { activate } from '../ops/activation.js';
import * as tf from '../tf.js';
import { flag, type Node, number, type Operator, single } from './node.test-support.js';

const unaries: Record<string, (x: tf.Tensor, node: Node) => tf.Tensor> = {
  Abs: tf.abs,
  Acos: tf.acos,
  Acosh: tf.acosh,
  Asin: tf.asin,
  Asinh: tf.asinh,
  Atan: tf.atan,
  Atanh: tf.atanh,
  Ceil: tf.ceil,
  Celu: (x, node) => {
    const alpha = number(node, 'alpha', 1);
    return tf.add(tf.relu(x), tf.minimum(0, tf.mul(alpha, tf.expm1(tf.div(x, alpha)))));
  },
  Cos: tf.cos,
  Cosh: tf.cosh,
  Elu: (x, node) => tf.add(tf.relu(x), tf.mul(number(node, 'alpha', 1), tf.expm1(tf.minimum(x, 0)))),
  Erf: tf.erf,
  Exp: tf.exp,
  Floor: tf.floor,
  Gelu: (x, { attributes }) => activate(x, attributes.approximate === 'tanh' ? 'gelu-tanh' : 'gelu'),
  HardSigmoid: (x, node) => tf.clipByValue(tf.add(tf.mul(x, number(node, 'alpha', 0.2)), number(node, 'beta', 0.5)), 0, 1),
  HardSwish: (x) => tf.mul(x, tf.clipByValue(tf.add(tf.div(x, 6), 0.5), 0, 1)),
  Identity: (x) => tf.clone(x),
  IsInf: (x, node) => {
    const above = tf.equal(x, Number.POSITIVE_INFINITY);
    const below = tf.equal(x, Number.NEGATIVE_INFINITY);
    const never = tf.zerosLike(above);
    return tf.logicalOr(number(node, 'detect_positive', 1) ? above : never, number(node, 'detect_negative', 1) ? below : never);
  },
  IsNaN: tf.isNaN,
  LeakyRelu: (x, node) => tf.leakyRelu(x, number(node, 'alpha', 0.01)),
  Log: tf.log,
  Mish: (x) => tf.mul(x, tf.tanh(tf.softplus(x))),
  Neg: tf.neg,
  Not: tf.logicalNot,
  Reciprocal: tf.reciprocal,
  Relu: tf.relu,
  Round: tf.round,
  Selu: (x, node) => {
    const [alpha, gamma] = [number(node, 'alpha', 1.6732632423543772), number(node, 'gamma', 1.0507009873554805)];
    return tf.mul(gamma, tf.add(tf.relu(x), tf.mul(alpha, tf.expm1(tf.minimum(x, 0)))));
  },
  Sigmoid: tf.sigmoid,
  Sign: tf.sign,
  Sin: tf.sin,
  Sinh: tf.sinh,
  Softplus: tf.softplus,
  Softsign: (x) => tf.div(x, tf.add(1, tf.abs(x))),
  Sqrt: tf.sqrt,
  Swish: (x, node) => (number(node, 'alpha', 1) === 1 ? activate(x, 'silu') : tf.mul(x, tf.sigmoid(tf.mul(x, number(node, 'alpha', 1))))),
  Tan: tf.tan,
  Tanh: tf.tanh,
  ThresholdedRelu: (x, node) => tf.mul(x, tf.cast(tf.greater(x, number(node, 'alpha', 1)), 'float32')),
};

const integer = (x: tf.Tensor): boolean => x.dtype === 'int32';

const binaries: Record<string, (x: tf.Tensor, y: tf.Tensor, node: Node) => tf.Tensor> = {
  Add: tf.add,
  And: tf.logicalAnd,
  // Integers are divided towards zero.
  Div: (x, y) => (integer(x) ? tf.cast(tf.div(tf.cast(x, 'float32'), tf.cast(y, 'float32')), 'int32') : tf.div(x, y)),
  Equal: tf.equal,
  Greater: tf.greater,
  GreaterOrEqual: tf.greaterEqual,
  Less: tf.less,
  LessOrEqual: tf.lessEqual,
  // With `fmod` the sign is the dividend's, as in C.
  Mod: (x, y, node) => (flag(node, 'fmod') ? tf.mul(tf.sign(x), tf.mod(tf.abs(x), tf.abs(y))) : tf.mod(x, y)),
  Mul: tf.mul,
  Or: tf.logicalOr,
  PRelu: (x, y) => tf.prelu(x, tf.add(y, tf.zerosLike(x))),
  Pow: (x, y) => tf.cast(tf.pow(tf.cast(x, 'float32'), tf.cast(y, 'float32')), x.dtype as 'float32'),
  Sub: tf.sub,
  Xor: tf.logicalXor,
};

/** ONNX's numbers of the types that a tensor here can have. */
const types: Record<number, 'float32' | 'int32' | 'bool'> = Object.fromEntries([
  ...[1, 10, 11, 16].map((n) => [n, 'float32']),
  ...[2, 3, 4, 5, 6, 7, 12, 13].map((n) => [n, 'int32']),
  [9, 'bool'],
]);

function fold(f: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor): Operator {
  return single((inputs) => inputs.slice(1).reduce((x, y) => f(x, y), tf.clone(inputs[0]!)));
}

/** Operators that work element by element. */
export const elementwise: Record<string, Operator> = {
  ...Object.fromEntries(Object.entries(unaries).map(([name, f]) => [name, single(([x], node) => f(x!, node))])),
  ...Object.fromEntries(Object.entries(binaries).map(([name, f]) => [name, single(([x, y], node) => f(x!, y!, node))])),
  Cast: single(([x], node) => tf.cast(x!, types[number(node, 'to', 1)]!)),
  CastLike: single(([x, like]) => tf.cast(x!, like!.dtype as 'float32')),
  Clip: single(([x, low, high]) => {
    const above = low ? tf.maximum(x!, low) : x!;
    return high ? tf.minimum(above, high) : tf.clone(above);
  }),
  Max: fold(tf.maximum),
  Mean: single((inputs) =>
    tf.div(
      inputs.slice(1).reduce((x, y) => tf.add(x, y), inputs[0]!),
      inputs.length,
    ),
  ),
  Min: fold(tf.minimum),
  Sum: fold(tf.add),
  Where: single(([condition, x, y]) => tf.where(condition!, x!, y!)),
};
