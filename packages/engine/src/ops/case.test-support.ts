import type * as tf from '../tf.js';
import type { Block } from './float64.test-support.js';

/** One line of the table. */
export interface Case {
  name: string;
  /** Shapes of the differentiable inputs. */
  shapes: number[][];
  run(inputs: tf.Tensor[]): tf.Tensor;
  exactly(inputs: Block[]): Block;
}
