import { kernelBackend } from '../backend/kernel-backend.js';
import { replaceValues } from '../backend/replace-values.js';
import { AnyformerError } from '../error.js';
import * as tf from '../tf.js';
import { requireSameShape } from './in-place.js';

/** One parameter's AdamW step. */
export interface AdamWStep {
  parameter: tf.Variable;
  /** Same shape as the parameter; read only. */
  gradient: tf.Tensor;
  /** What the gradient is multiplied by on the way; 1 unless said. */
  scale?: number | undefined;
  /** First moment, updated in place. */
  first: tf.Variable;
  /** Second moment, updated in place. */
  second: tf.Variable;
  rate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  /** Decoupled weight decay (Loshchilov & Hutter 2019); 0 is Adam. */
  decay: number;
  /** Number of this step, from 1, for the bias correction. */
  step: number;
}

/** One AdamW step in place, in the order of operations of `torch.optim.AdamW`. Throws `in-place/shape`. */
export function adamW(step: AdamWStep): void {
  const { parameter, gradient, scale = 1, first, second, rate, beta1, beta2, epsilon, decay } = step;
  for (const other of [gradient, first, second]) requireSameShape(parameter, other);
  if (!(step.step >= 1))
    throw new AnyformerError({
      code: 'adam-w/step',
      who: 'adamW',
      given: `step ${step.step}`,
      accepted: 'the number of this step, from 1',
    });
  const backend = kernelBackend('adamW');
  if (!backend) {
    referenceAdamW(step);
    return;
  }
  backend.call.adamw(
    parameter.size,
    backend.floatsToWrite(parameter),
    backend.floats(gradient),
    backend.floatsToWrite(first),
    backend.floatsToWrite(second),
    1 - rate * decay,
    1 - beta1,
    beta2,
    1 - beta2,
    rate / (1 - beta1 ** step.step),
    Math.sqrt(1 - beta2 ** step.step),
    epsilon,
    scale,
  );
}

/** {@link adamW} as a composition of stock ops. */
export function referenceAdamW(given: AdamWStep): void {
  const { parameter, scale = 1, first, second, rate, beta1, beta2, epsilon, decay, step } = given;
  const gradient = scale === 1 ? tf.clone(given.gradient) : tf.mul(given.gradient, scale);
  const rootOfCorrection2 = Math.sqrt(1 - beta2 ** step);
  const stepSize = rate / (1 - beta1 ** step);
  replaceValues(first, () => tf.add(first, tf.mul(tf.sub(gradient, first), 1 - beta1)));
  replaceValues(second, () => tf.add(tf.mul(second, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
  replaceValues(parameter, () => {
    const decayed = decay === 0 ? parameter : tf.mul(parameter, 1 - rate * decay);
    const denominator = tf.add(tf.div(tf.sqrt(second), rootOfCorrection2), epsilon);
    return tf.sub(decayed, tf.mul(tf.div(first, denominator), stepSize));
  });
  gradient.dispose();
}

/** One parameter's step of stochastic gradient descent. */
export interface SgdStep {
  parameter: tf.Variable;
  gradient: tf.Tensor;
  /** Momentum buffer, zero at first, updated in place; needed where `momentum` is not 0. */
  velocity?: tf.Variable | undefined;
  rate: number;
  momentum?: number | undefined;
  nesterov?: boolean | undefined;
  /** Coupled weight decay: added to the gradient. */
  decay?: number | undefined;
}

/** One step of SGD in place, as `torch.optim.SGD` without dampening. Throws `in-place/shape`. */
export function sgd(step: SgdStep): void {
  const { parameter, gradient, velocity, rate, momentum = 0, nesterov = false, decay = 0 } = step;
  requireSameShape(parameter, gradient);
  if (momentum !== 0 && !velocity)
    throw new AnyformerError({
      code: 'sgd/velocity',
      who: 'sgd',
      given: `momentum ${momentum} and no velocity`,
      fix: 'Give a velocity of zeros.',
    });
  if (velocity) requireSameShape(parameter, velocity);
  const backend = kernelBackend('sgd');
  if (!backend) {
    referenceSgd(step);
    return;
  }
  const moving = velocity && momentum !== 0 ? backend.floatsToWrite(velocity) : 0;
  backend.call.sgd(
    parameter.size,
    backend.floatsToWrite(parameter),
    backend.floats(gradient),
    moving,
    rate,
    momentum,
    decay,
    nesterov ? 1 : 0,
  );
}

/** {@link sgd} as a composition of stock ops. */
export function referenceSgd({ parameter, gradient, velocity, rate, momentum = 0, nesterov = false, decay = 0 }: SgdStep): void {
  tf.tidy(() => {
    let direction: tf.Tensor = decay === 0 ? gradient : tf.add(gradient, tf.mul(parameter, decay));
    if (velocity && momentum !== 0) {
      const pulled = direction;
      replaceValues(velocity, () => tf.add(tf.mul(velocity, momentum), pulled));
      direction = nesterov ? tf.add(pulled, tf.mul(velocity, momentum)) : velocity;
    }
    const along = direction;
    replaceValues(parameter, () => tf.sub(parameter, tf.mul(along, rate)));
  });
}
