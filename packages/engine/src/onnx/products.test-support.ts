import { linear } from '../ops/linear.js';
import * as tf from '../tf.js';
import { flag, number, type Operator, single } from './node.test-support.js';

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

/** Products of matrices. */
export const products: Record<string, Operator> = { Gemm: gemm, MatMul: matMul };
