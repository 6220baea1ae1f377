import { addInPlace, assignInPlace, scaleInPlace, tf } from '@anyformer/engine';
import type { Rule } from './rule.js';

/** What {@link adafactorRule} takes. */
export interface AdafactorOptions {
  /** Rate relative to the parameter's size and falling with the square root of the step; the schedule's rate is not used. */
  readonly relativeStep?: boolean | undefined;
  /** With `relativeStep`: rise over the first ten thousand steps. */
  readonly warmupInit?: boolean | undefined;
  /** Times the root mean square of the parameter, at least 1e-3. */
  readonly scaleParameter?: boolean | undefined;
  readonly beta1?: number | undefined;
  /** Largest root mean square of an update before the rate. */
  readonly clipThreshold?: number | undefined;
  /** Exponent with which the second moment's decay nears 1. */
  readonly decayRate?: number | undefined;
}

const smallest = 1e-3;

const rootMeanSquare = (x: tf.Tensor): tf.Scalar => tf.sqrt(tf.mean(tf.square(x))) as tf.Scalar;

/** Adafactor (Shazeer & Stern 2018, algorithm 4): second moments of matrices by their rows and columns only. */
export const adafactorRule = (options: AdafactorOptions = {}): Rule => {
  const { relativeStep = true, warmupInit = false, scaleParameter = true, beta1, clipThreshold = 1, decayRate = -0.8 } = options;
  return {
    name: 'adafactor',
    slots: (shape) => ({
      ...(shape.length >= 2 ? { row: shape.slice(0, -1), column: [...shape.slice(0, -2), shape.at(-1)!] } : { second: shape }),
      ...(beta1 !== undefined && { first: shape }),
    }),
    update({ parameter, gradient, scale, slots, step, rate, decay }) {
      if (scale !== 1) scaleInPlace(gradient, scale);
      tf.tidy(() => {
        const relative = relativeStep ? Math.min(warmupInit ? 1e-6 * step : 1e-2, 1 / Math.sqrt(step)) : rate;
        const size = scaleParameter ? tf.maximum(rootMeanSquare(parameter), smallest) : tf.scalar(1);
        const alpha = tf.mul(size, relative);
        const kept = 1 - step ** decayRate;
        const squares = tf.add(tf.square(gradient), 1e-30);
        const average = (slot: tf.Variable, value: tf.Tensor): void => {
          scaleInPlace(slot, kept);
          addInPlace(slot, value, 1 - kept);
        };
        let update: tf.Tensor;
        if (slots.row && slots.column) {
          average(slots.row, tf.mean(squares, -1));
          average(slots.column, tf.mean(squares, -2));
          const rows = tf.expandDims(tf.rsqrt(tf.div(slots.row, tf.mean(slots.row, -1, true))), -1); // [..., in, 1]
          update = tf.mul(tf.mul(rows, tf.expandDims(tf.rsqrt(slots.column), -2)), gradient); // [..., in, out]
        } else {
          average(slots.second!, squares);
          update = tf.mul(tf.rsqrt(slots.second!), gradient);
        }
        update = tf.mul(tf.div(update, tf.maximum(tf.div(rootMeanSquare(update), clipThreshold), 1)), alpha);
        if (slots.first && beta1 !== undefined) {
          scaleInPlace(slots.first, beta1);
          addInPlace(slots.first, update, 1 - beta1);
          update = slots.first;
        }
        const decayed = decay === 0 ? parameter : tf.sub(parameter, tf.mul(parameter, tf.mul(alpha, decay)));
        assignInPlace(parameter, tf.sub(decayed, update));
      });
    },
  };
};
