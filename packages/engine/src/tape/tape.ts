import * as tf from '../tf.js';

/** One recorded op of tfjs's tape. */
export interface TapeNode {
  id: number;
  kernelName: string;
  inputs: Record<string, tf.Tensor>;
  outputs: tf.Tensor[];
  saved: tf.Tensor[];
  gradient?: (dys: (tf.Tensor | null)[]) => Record<string, () => tf.Tensor>;
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
