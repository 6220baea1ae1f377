import { layerNorm as normalize, rmsNorm as scaleOnly, type tf } from '@anyformer/engine';
import type { Scope } from '../contract/scope.js';
import { initializers } from '../parameters/initializers.js';

/** How activations are kept in range: [..., width] -> [..., width]. A value; `build` makes its parameters. */
export interface Norm {
  readonly name: string;
  build(scope: Scope, width: number): (x: tf.Tensor) => tf.Tensor;
}

/** Layer normalisation (Ba et al. 2016). Parameters `gain` and, unless `bias` is false, `bias`. Epsilon 1e-5 unless said. */
export const layerNorm = ({ epsilon = 1e-5, bias = true }: { readonly epsilon?: number; readonly bias?: boolean } = {}): Norm => ({
  name: 'layer',
  build(scope, width) {
    const gain = scope.parameter('gain', [width], initializers.ones());
    const shift = bias ? scope.parameter('bias', [width], initializers.zeros()) : undefined;
    return (x) => normalize(x, gain, shift, epsilon);
  },
});

/** Root-mean-square normalisation (Zhang and Sennrich 2019). Parameter `gain`. Epsilon 1e-6 unless said. */
export const rmsNorm = ({ epsilon = 1e-6 }: { readonly epsilon?: number } = {}): Norm => ({
  name: 'rms',
  build(scope, width) {
    const gain = scope.parameter('gain', [width], initializers.ones());
    return (x) => scaleOnly(x, gain, epsilon);
  },
});

/** Leaves everything as it is. */
export const noNorm = (): Norm => ({ name: 'none', build: () => (x) => x });
