import { tf } from '@anyformer/engine';

/** One branch of a block: a norm of its own [b, l, w] -> [b, l, w], and what it adds to a stream, dropout included. */
export interface Branch {
  readonly norm: (x: tf.Tensor) => tf.Tensor;
  /** The stream [b, l, w] with what the branch computes of x [b, l, w] -> [b, l, w] */
  readonly add: (stream: tf.Tensor, x: tf.Tensor) => tf.Tensor;
}

/** Where the norms of a block stand, and so how its branches join the residual stream. A value. */
export interface NormPlacement {
  readonly name: string;
  /** Whether the stream leaves the last block without a norm, so that the stack has to end with one. */
  readonly open: boolean;
  /** [b, l, w] -> [b, l, w] */
  join(x: tf.Tensor, branches: readonly Branch[]): tf.Tensor;
}

// A branch is tidied when it has joined: without a tape, its activations make room for those of the next.

/** x + branch(norm(x)), one branch after the other (Xiong et al. 2020). */
export const preNorm: NormPlacement = {
  name: 'pre',
  open: true,
  join: (x, branches) => branches.reduce((stream, { norm, add }) => tf.tidy(() => add(stream, norm(stream))), x),
};

/** norm(x + branch(x)), one branch after the other (Vaswani et al. 2017, section 3.1). */
export const postNorm: NormPlacement = {
  name: 'post',
  open: false,
  join: (x, branches) => branches.reduce((stream, { norm, add }) => tf.tidy(() => norm(add(stream, stream))), x),
};

/** x + the sum of branch(norm(x)), all branches from the same x (GPT-J, GPT-NeoX). */
export const parallelNorm: NormPlacement = {
  name: 'parallel',
  open: true,
  join: (x, branches) => branches.reduce((sum, { norm, add }) => tf.tidy(() => add(sum, norm(x))), x),
};
