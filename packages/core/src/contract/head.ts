import type { tf } from '@anyformer/engine';
import type { Memory } from './backbone.js';
import type { Scope } from './scope.js';
import type { Pass } from './sequence.js';

/** Hidden states to outputs, e.g. [b, s, w] -> [b, classes]. A value passed to a task. */
export interface Head<Output = tf.Tensor> {
  /** `pooled` heads give one output per example, `perPosition` one per position. */
  readonly reads: 'pooled' | 'perPosition';
  build(scope: Scope): (memory: Memory, pass: Pass) => Output;
}
