import { type KernelBackend, kernelBackend } from '../backend/kernel-backend.js';
import { record, recording } from '../tape/record.js';
import type { GradientOf } from '../tape/tape.js';
import * as tf from '../tf.js';
import { type Activation, activationGradient, kindNumber, referenceActivate } from './activation.js';
import { residual as join } from './residual.js';
import { shapeError } from './shape-error.js';

/** What {@link linear} does besides the product. */
export interface LinearOptions {
  /** [n], added to every row. */
  bias?: tf.Tensor1D | undefined;
  /** Applied last. */
  activation?: Activation | undefined;
  /** As the result, and added to it last: the stream that a branch joins. */
  residual?: tf.Tensor | undefined;
  /** The weight is [n, k] instead of [k, n]: an embedding table used as the output layer. */
  transposed?: boolean | undefined;
}

/** A linear layer over the last axis: `x` [..., k], `weight` [k, n] (or [n, k], `transposed`) -> [..., n]. Throws `linear/shape`. */
export function linear(x: tf.Tensor, weight: tf.Tensor, options: LinearOptions = {}): tf.Tensor {
  const backend = kernelBackend('linear');
  const shape = outputShape(x, weight, options);
  if (options.residual && (recording() || !backend || options.activation)) return joinedLinear(x, weight, options);
  return backend ? fusedLinear(backend, x, weight, options, shape) : referenceLinear(x, weight, options);
}

/** [..., n], where everything fits together. */
function outputShape(x: tf.Tensor, weight: tf.Tensor, { bias, residual, transposed }: LinearOptions): number[] {
  const shape = x.shape.slice();
  const k = shape[shape.length - 1];
  const n = weight.shape[transposed ? 0 : 1]!;
  shape[shape.length - 1] = n;
  const fits =
    k !== undefined &&
    weight.shape.length === 2 &&
    weight.shape[transposed ? 1 : 0] === k &&
    (!bias || tf.util.arraysEqual(bias.shape, [n]));
  if (!fits || (residual && !tf.util.arraysEqual(residual.shape, shape))) {
    const accepted = `x [..., k], weight ${transposed ? '[n, k], transposed' : '[k, n]'}, bias [n], residual [..., n]`;
    throw shapeError('linear', { x, weight, bias, residual }, accepted);
  }
  return shape;
}

/** The product, and then the sum. */
const joinedLinear = (x: tf.Tensor, weight: tf.Tensor, { residual, ...alone }: LinearOptions): tf.Tensor =>
  tf.tidy(() => join(residual!, linear(x, weight, alone)));

function fusedLinear(backend: KernelBackend, x: tf.Tensor, weight: tf.Tensor, options: LinearOptions, shape: number[]): tf.Tensor {
  const { bias, activation, residual, transposed } = options;
  const k = x.shape[x.shape.length - 1]!;
  const n = shape[shape.length - 1]!;
  const rows = k === 0 ? tf.util.sizeFromShape(x.shape.slice(0, -1)) : x.size / k;
  const { call } = backend;
  const offset = bias ? backend.floats(bias) : 0;
  if (!recording()) {
    const y = backend.tensor(shape); // [..., n]
    const kind = kindNumber(activation);
    // A variable is multiplied by again and again, and packed once for that.
    const panels =
      weight instanceof tf.Variable && weight.dtype === 'float32' ? backend.packedMatrix(weight, transposed ?? false) : undefined;
    const onto = residual ? backend.floats(residual) : 0;
    if (panels === undefined)
      call.matmul(0, transposed ? 1 : 0, rows, n, k, backend.floats(x), backend.floats(weight), backend.floats(y), offset, kind, onto);
    else call.matmul_packed(rows, n, k, backend.floats(x), panels, backend.floats(y), offset, kind, onto);
    return y;
  }
  // The slope of ReLU can be seen from its output; the others need what went in.
  const relu = activation === 'relu';
  const z = backend.tensor(shape); // [..., n]
  call.matmul(0, transposed ? 1 : 0, rows, n, k, backend.floats(x), backend.floats(weight), backend.floats(z), offset, relu ? 1 : 0, 0);
  const y = activation && !relu ? backend.tensor(shape) : z;
  if (y !== z) call.activation(kindNumber(activation), y.size, backend.floats(z), backend.floats(y));
  record(backend, {
    name: 'Linear',
    inputs: { x, weight, bias },
    output: y,
    save: [x, weight, activation ? z : undefined],
    gradient: (dy, [x, weight, at]) => {
      const dz = at ? activationGradient(backend, activation!, at, dy) : dy;
      return linearGradients(backend, x, weight, dz, rows, k, n, transposed ?? false);
    },
  });
  return y;
}

function linearGradients(
  backend: KernelBackend,
  x: tf.Tensor,
  weight: tf.Tensor,
  dz: tf.Tensor,
  rows: number,
  k: number,
  n: number,
  transposed: boolean,
): Record<string, GradientOf> {
  const { call } = backend;
  const ofX = (dx: tf.Tensor, add: boolean): void =>
    call.matmul(
      0,
      transposed ? 0 : 1,
      rows,
      k,
      n,
      backend.floats(dz),
      backend.floats(weight),
      backend.floats(dx),
      0,
      0,
      add ? backend.floats(dx) : 0,
    );
  const ofWeight = (dw: tf.Tensor, add: boolean): void => {
    const onto = add ? backend.floats(dw) : 0;
    if (transposed) call.matmul(1, 0, n, k, rows, backend.floats(dz), backend.floats(x), backend.floats(dw), 0, 0, onto);
    else call.matmul(1, 0, k, n, rows, backend.floats(x), backend.floats(dz), backend.floats(dw), 0, 0, onto);
  };
  const made = (shape: number[], fill: (t: tf.Tensor, add: boolean) => void): GradientOf =>
    Object.assign(
      () => {
        const t = backend.tensor(shape);
        fill(t, false);
        return t;
      },
      { into: (sum: tf.Tensor) => fill(sum, true) },
    );
  return {
    x: made(x.shape, ofX),
    weight: made(weight.shape, ofWeight),
    bias: () => {
      const db = backend.tensor([n]);
      call.sum_axis(1, rows, n, 1, backend.floats(dz), backend.floats(db));
      return db;
    },
  };
}

/** {@link linear} as a composition of stock ops. */
export function referenceLinear(x: tf.Tensor, weight: tf.Tensor, { bias, activation, residual, transposed }: LinearOptions): tf.Tensor {
  return tf.tidy(() => {
    const rows = tf.reshape(x, [-1, x.shape.at(-1)!]) as tf.Tensor2D; // [n, k]
    let y: tf.Tensor = tf.matMul(rows, weight as tf.Tensor2D, false, transposed ?? false);
    if (bias) y = tf.add(y, bias);
    if (activation) y = referenceActivate(y, activation);
    const shaped = tf.reshape(y, [...x.shape.slice(0, -1), y.shape[1]!]); // [..., n]
    return residual ? tf.add(shaped, residual) : shaped;
  });
}
