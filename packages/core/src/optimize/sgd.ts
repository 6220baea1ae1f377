import { addInPlace, assignInPlace, scaleInPlace, sgd as step, tf } from '@anyformer/engine';
import type { Rule } from './rule.js';

/** What {@link sgdRule} takes. */
export interface SgdOptions {
  readonly momentum?: number | undefined;
  readonly nesterov?: boolean | undefined;
  readonly dampening?: number | undefined;
}

/** Stochastic gradient descent with (Nesterov's) momentum and dampening, as `torch.optim.SGD`; decay is added to the gradient. */
export const sgdRule = ({ momentum = 0, nesterov = false, dampening = 0 }: SgdOptions = {}): Rule => ({
  name: 'sgd',
  slots: (shape): Record<string, readonly number[]> => (momentum === 0 ? {} : { velocity: shape }),
  update({ parameter, gradient, scale, slots: { velocity }, step: count, rate, decay }) {
    if (scale !== 1) scaleInPlace(gradient, scale);
    if (velocity === undefined || dampening === 0) return step({ parameter, gradient, velocity, rate, momentum, nesterov, decay });
    tf.tidy(() => {
      const pull = decay === 0 ? gradient : tf.add(gradient, tf.mul(parameter, decay));
      if (count === 1) assignInPlace(velocity, pull);
      else {
        scaleInPlace(velocity, momentum);
        addInPlace(velocity, pull, 1 - dampening);
      }
      addInPlace(parameter, nesterov ? tf.add(pull, tf.mul(velocity, momentum)) : velocity, -rate);
    });
  },
});
