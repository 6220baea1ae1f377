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
  /** What the op looked at besides its inputs. */
  reads?: readonly tf.Tensor[];
  /** Computes the output again: the node stands for a whole part of the forward pass, see `recomputed`. */
  again?: (() => tf.Tensor) | undefined;
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
  /** A number above the ids of all tensors so far, and below those to come. */
  nextTensorId(): number;
  startScope(name?: string): void;
  endScope(result?: tf.TensorContainer): void;
}

/** tfjs's engine, with the tape in view. */
export const tapeEngine = (): TapeEngine => tf.engine() as unknown as TapeEngine;

/** Runs `f` and puts its ops on this tape. */
export function onto<T>(tape: TapeNode[], f: () => T): T {
  const { state } = tapeEngine();
  const before = state.activeTape;
  state.activeTape = tape;
  state.gradientDepth++;
  try {
    return f();
  } finally {
    state.gradientDepth--;
    state.activeTape = before;
  }
}

/** Frees what a node saved for its gradient. */
export function forget(node: TapeNode): void {
  for (const tensor of node.saved) tensor.dispose();
  node.saved = [];
}
