import type { tf } from '@anyformer/engine';
import type { Shape } from '../contract/sequence.js';

/** One parameter's update. */
export interface Update {
  readonly parameter: tf.Variable;
  /** Same shape as the parameter; may be overwritten. */
  readonly gradient: tf.Tensor;
  /** What the gradient has to be multiplied by first, for clipping and the like. */
  readonly scale: number;
  /** What the rule remembers of this parameter, by name; written in place. */
  readonly slots: Readonly<Record<string, tf.Variable>>;
  /** Updates of this parameter, from 1. */
  readonly step: number;
  readonly rate: number;
  /** Weight decay of this parameter; 0 for none. */
  readonly decay: number;
}

/** How a gradient moves a parameter: the mathematics of an optimizer without its bookkeeping. A value. */
export interface Rule {
  readonly name: string;
  /** Slots of a parameter of this shape, zero at first. */
  slots(shape: Shape): Readonly<Record<string, Shape>>;
  update(update: Update): void;
}
