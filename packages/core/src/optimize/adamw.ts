import { adamW as step } from '@anyformer/engine';
import type { Rule } from './rule.js';

/** What {@link adamWRule} takes. */
export interface AdamWOptions {
  readonly beta1?: number | undefined;
  readonly beta2?: number | undefined;
  readonly epsilon?: number | undefined;
}

/** AdamW (Loshchilov & Hutter 2019); without decay it is Adam (Kingma & Ba 2015). Defaults as in PyTorch. */
export const adamWRule = ({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamWOptions = {}): Rule => ({
  name: 'adamw',
  slots: (shape) => ({ first: shape, second: shape }),
  update: ({ parameter, gradient, scale, slots, step: count, rate, decay }) =>
    step({ parameter, gradient, scale, first: slots.first!, second: slots.second!, rate, beta1, beta2, epsilon, decay, step: count }),
});
