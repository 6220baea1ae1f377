import type { KernelBackend } from '../backend/kernel-backend.js';
import { AnyformerError } from '../error.js';
import * as tf from '../tf.js';
import { type GradientOf, type Needed, tapeEngine } from './tape.js';

/** Whether ops are being recorded for a gradient. */
export function recording(): boolean {
  const { state } = tapeEngine();
  return state.gradientDepth > 0 && state.kernelDepth === 0;
}

/** One op with one output, to be recorded. */
export interface Recorded<S extends readonly (tf.Tensor | undefined)[]> {
  name: string;
  /** By name; undefined where an optional input was not given. */
  inputs: Record<string, tf.Tensor | undefined>;
  output: tf.Tensor;
  /** What the gradient needs; kept until the node has been passed. */
  save: S;
  /** Functions that make the gradient of each input; only those needed are called, in the order of `inputs`. */
  gradient(dy: tf.Tensor, saved: S, needed: Needed): Record<string, GradientOf>;
}

/**
 * Puts a node on tfjs's tape. Doing it here instead of through `registerKernel` and `registerGradient` saves an Identity kernel per
 * saved tensor and, for kernels with several outputs, a tensor of zeros per output that nobody used.
 */
export function record<const S extends readonly (tf.Tensor | undefined)[]>(backend: KernelBackend, node: Recorded<S>): void {
  const { state } = tapeEngine();
  const saved = node.save.map((tensor) => tensor && keepAlias(backend, tensor)) as unknown as S;
  const inputs: Record<string, tf.Tensor> = {};
  for (const name in node.inputs) if (node.inputs[name]) inputs[name] = node.inputs[name];
  state.activeTape!.push({
    id: state.nextTapeNodeId++,
    kernelName: node.name,
    inputs,
    outputs: [node.output],
    saved: saved.filter((tensor) => tensor !== undefined),
    reads: node.save.filter((tensor) => tensor !== undefined),
    gradient: ([dy], needed = everything) => {
      if (recording())
        throw new AnyformerError({ code: 'gradient/second', who: node.name, given: 'a gradient of a gradient', fix: "Use engine 'cpu'." });
      return node.gradient(dy!, saved, needed);
    },
  });
}

// tfjs's own walk does not say what it needs.
const everything: Needed = () => true;

function keepAlias(backend: KernelBackend, tensor: tf.Tensor): tf.Tensor {
  return tf.keep(backend.alias(tensor));
}
