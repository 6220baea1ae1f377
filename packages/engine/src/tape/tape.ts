import * as tf from '../tf.js';

/**
 * Makes the gradient of one input. `into`, where it exists, adds it to a sum that is already there instead: a product that accumulates, a
 * scatter-add into the same table.
 */
export type GradientOf = (() => tf.Tensor) & { into?: (sum: tf.Tensor) => void };

/** Whether the gradient of the input of this name will be asked for. */
export type Needed = (name: string) => boolean;

/** One recorded op of tfjs's tape. */
export interface TapeNode {
  id: number;
  kernelName: string;
  inputs: Record<string, tf.Tensor>;
  outputs: tf.Tensor[];
  saved: tf.Tensor[];
  gradient?: (dys: (tf.Tensor | null)[], needed?: Needed) => Record<string, GradientOf>;
}

/**
 * The parts of tfjs-core's engine that its public types hide. The version is pinned exactly (4.22.0), and this is the one place that
 * knows them.
 */
export interface TapeEngine {
  state: {
    activeTape: TapeNode[] | null;
    nextTapeNodeId: number;
    gradientDepth: number;
    kernelDepth: number;
    activeScope: { id: number } | null;
  };
  startTape(): void;
  endTape(): void;
  startScope(name?: string): void;
  endScope(result?: tf.TensorContainer): void;
}

/** tfjs's engine, with the tape in view. */
export const tapeEngine = (): TapeEngine => tf.engine() as unknown as TapeEngine;
