import { type Activation, gated, type tf } from '@anyformer/engine';
import type { Pass } from '../contract/sequence.js';
import { dense } from './dense.js';
import { drop } from './drop.js';
import type { Site } from './site.js';

/** The part of a block that sees each position alone: [b, l, w] -> [b, l, w]. A value; `build` makes its parameters. */
export interface FeedForward {
  readonly name: string;
  build(site: Site): FeedForwardLayer;
}

/** A feed-forward layer with its parameters. */
export interface FeedForwardLayer {
  (x: tf.Tensor, pass: Pass): tf.Tensor;
  /** The same added to a residual, in one go: for passes that neither train nor record. Without it the sum is made apart. */
  readonly onto?: (residual: tf.Tensor, x: tf.Tensor, pass: Pass) => tf.Tensor;
}

const withOnto = (layer: (x: tf.Tensor, pass: Pass, residual?: tf.Tensor) => tf.Tensor): FeedForwardLayer =>
  Object.assign((x: tf.Tensor, pass: Pass) => layer(x, pass), {
    onto: (residual: tf.Tensor, x: tf.Tensor, pass: Pass) => layer(x, pass, residual),
  });

/** What {@link feedForward} and {@link gatedFeedForward} take. */
export interface FeedForwardOptions {
  /** Width of the layer between. */
  readonly width: number;
  readonly activation?: Activation;
  /** Unless said, yes for {@link feedForward} and no for {@link gatedFeedForward}, as in the papers. */
  readonly biases?: boolean;
  /** On the layer between, in training. */
  readonly dropout?: number;
}

/** out(activation(in(x))) (Vaswani et al. 2017, section 3.3). Parameters `in/…`, `out/…`. ReLU unless said. */
export const feedForward = ({ width, activation = 'relu', biases = true, dropout = 0 }: FeedForwardOptions): FeedForward => ({
  name: activation,
  build(site) {
    const { width: w } = site.scope;
    const inner = dense(site.scope.child('in'), w, width, { initializer: site.weight, biases, activation });
    const linearly = dense(site.scope.child('in'), w, width, { initializer: site.weight, biases });
    const out = dense(site.scope.child('out'), width, w, { initializer: site.residual, biases });
    const layer = (x: tf.Tensor, pass: Pass, residual?: tf.Tensor): tf.Tensor => {
      const between = inner(x); // [b, l, inner]
      pass.record?.(`${site.path}/in`, () => linearly(x));
      pass.record?.(`${site.path}/between`, () => between);
      const y = out(drop(between, dropout, pass, `${site.scope.path}/between`), residual); // [b, l, w]
      pass.record?.(site.path, () => y);
      return y;
    };
    return withOnto(layer);
  },
});

/** out(activation(gate(x)) * in(x)) (Shazeer 2020): SwiGLU with SiLU, GEGLU with GELU. Parameters `gate/…`, `in/…`, `out/…`. */
export const gatedFeedForward = ({ width, activation = 'silu', biases = false, dropout = 0 }: FeedForwardOptions): FeedForward => ({
  name: `gated-${activation}`,
  build(site) {
    const { width: w } = site.scope;
    const gate = dense(site.scope.child('gate'), w, width, { initializer: site.weight, biases });
    const inner = dense(site.scope.child('in'), w, width, { initializer: site.weight, biases });
    const out = dense(site.scope.child('out'), width, w, { initializer: site.residual, biases });
    const layer = (x: tf.Tensor, pass: Pass, residual?: tf.Tensor): tf.Tensor => {
      const between = gated(gate(x), inner(x), activation); // [b, l, inner]
      pass.record?.(`${site.path}/between`, () => between);
      const y = out(drop(between, dropout, pass, `${site.scope.path}/between`), residual); // [b, l, w]
      pass.record?.(site.path, () => y);
      return y;
    };
    return withOnto(layer);
  },
});
