import { type Activation, type LinearLayer, linear, type tf } from '@anyformer/engine';
import type { Initializer, Scope } from '../contract/scope.js';
import { initializers } from '../parameters/initializers.js';

/** What {@link dense} takes. */
export interface DenseOptions {
  readonly initializer: Initializer;
  /** Whether there is a bias; yes unless said. */
  readonly biases?: boolean;
  readonly activation?: Activation;
}

/** An affine map of the last axis with its parameters, added to a residual [..., out] where one is given: [..., in] -> [..., out]. */
export type Dense = ((x: tf.Tensor, residual?: tf.Tensor) => tf.Tensor) & LinearLayer;

/** An affine map of the last axis: [..., in] -> [..., out]. Parameters `weight` [in, out] and `bias` [out]. */
export const dense = (scope: Scope, input: number, output: number, options: DenseOptions): Dense => {
  const { initializer, biases = true, activation } = options;
  const weight = scope.parameter('weight', [input, output], initializer);
  const bias = biases ? (scope.parameter('bias', [output], initializers.zeros()) as unknown as tf.Tensor1D) : undefined;
  return Object.assign((x: tf.Tensor, residual?: tf.Tensor) => linear(x, weight, { bias, activation, residual }), { weight, bias }); // [..., out]
};
