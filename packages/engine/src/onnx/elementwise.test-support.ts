import { activate, gated } from '../ops/activation.js';
import * as tf from '../tf.js';
import { flag, type Node, number, type Operator, single, typeAsked } from './node.test-support.js';

/** x * sigmoid(alpha * x): the op of this package where alpha is 1. */
function swish(x: tf.Tensor, node: Node): tf.Tensor {
  const alpha = number(node, 'alpha', 1);
  return alpha === 1 ? activate(x, 'silu') : tf.mul(x, tf.sigmoid(tf.mul(x, alpha)));
}

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
  Shrink: (x, node) => {
    const [lambda, bias] = [number(node, 'lambd', 0.5), number(node, 'bias', 0)];
    const inner = tf.where(tf.greater(x, lambda), tf.sub(x, bias), tf.zerosLike(x));
    return tf.where(tf.less(x, -lambda), tf.add(x, bias), inner);
  },
  Sigmoid: tf.sigmoid,
  Sign: tf.sign,
  Sin: tf.sin,
  Sinh: tf.sinh,
  Softplus: tf.softplus,
  Softsign: (x) => tf.div(x, tf.add(1, tf.abs(x))),
  Sqrt: tf.sqrt,
  Swish: swish,
  Tan: tf.tan,
  Tanh: tf.tanh,
  ThresholdedRelu: (x, node) => tf.where(tf.greater(x, number(node, 'alpha', 1)), x, tf.zerosLike(x)),
};

const integer = (x: tf.Tensor): boolean => x.dtype === 'int32';

/** The remainder of a division: with `fmod` its sign is the dividend's, as in C, else the divisor's, as in Python. */
function modulo(x: tf.Tensor, y: tf.Tensor, node: Node): tf.Tensor {
  const remainder = tf.mul(tf.sign(x), tf.mod(tf.abs(x), tf.abs(y)));
  if (flag(node, 'fmod')) return remainder;
  const opposed = tf.less(tf.mul(tf.sign(remainder), tf.sign(y)), 0);
  return tf.where(opposed, tf.add(remainder, y), remainder);
}

/** Bitwise or and exclusive or follow from the sum, in which common bits count twice. */
const either = (x: tf.Tensor, y: tf.Tensor, common: number): tf.Tensor =>
  tf.sub(tf.add(x, y), tf.mul(tf.bitwiseAnd(x, y), tf.scalar(common, 'int32')));

/** Both in the shape that they broadcast to. */
function spread(x: tf.Tensor, y: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const shape = tf.backend_util.assertAndGetBroadcastShape(x.shape, y.shape);
  return [tf.broadcastTo(x, shape), tf.broadcastTo(y, shape)];
}

const binaries: Record<string, (x: tf.Tensor, y: tf.Tensor, node: Node) => tf.Tensor> = {
  Add: tf.add,
  And: tf.logicalAnd,
  BitwiseAnd: (x, y) => tf.bitwiseAnd(...spread(x, y)),
  BitwiseOr: (x, y) => either(...spread(x, y), 1),
  BitwiseXor: (x, y) => either(...spread(x, y), 2),
  // Integers are divided towards zero.
  Div: (x, y) => (integer(x) ? tf.cast(tf.div(tf.cast(x, 'float32'), tf.cast(y, 'float32')), 'int32') : tf.div(x, y)),
  Equal: tf.equal,
  Greater: tf.greater,
  GreaterOrEqual: tf.greaterEqual,
  Less: tf.less,
  LessOrEqual: tf.lessEqual,
  Mod: modulo,
  Mul: tf.mul,
  Or: tf.logicalOr,
  PRelu: (x, y) => tf.prelu(x, tf.add(y, tf.zerosLike(x))),
  Pow: (x, y) => tf.cast(tf.pow(tf.cast(x, 'float32'), tf.cast(y, 'float32')), x.dtype as 'float32'),
  Sub: tf.sub,
  SwiGLU: (x, y, node) => (number(node, 'alpha', 1) === 1 ? gated(x, y, 'silu') : tf.mul(swish(x, node), y)),
  Xor: tf.logicalXor,
};

function fold(f: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor): Operator {
  return single((inputs) => inputs.slice(1).reduce((x, y) => f(x, y), tf.clone(inputs[0]!)));
}

/** Operators that work element by element. */
export const elementwise: Record<string, Operator> = {
  ...Object.fromEntries(Object.entries(unaries).map(([name, f]) => [name, single(([x], node) => f(x!, node))])),
  ...Object.fromEntries(Object.entries(binaries).map(([name, f]) => [name, single(([x, y], node) => f(x!, y!, node))])),
  Cast: single(([x], node) => tf.cast(x!, typeAsked(node, 'to')!)),
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
