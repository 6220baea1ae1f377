import { kernelBackend } from '../backend/kernel-backend.js';
import { AnyformerError } from '../error.js';
import { addInPlace } from '../ops/in-place.js';
import * as tf from '../tf.js';
import { type TapeNode, tapeEngine } from './tape.js';

/**
 * Runs `f`, which returns `{ loss, … }` (loss a scalar, the rest any tensors), and differentiates the loss. Returns what `f` returned as
 * `value` and the gradient of each variable that the loss depends on; both belong to the caller, who disposes them.
 *
 * The walk is our own, not tfjs's: tfjs keeps every activation and every activation's gradient until the whole backward pass is over.
 * Here a node's saved tensors and the gradient of its outputs are freed as soon as the node has been passed.
 */
export function valueAndGradients<T extends { loss: tf.Scalar }>(
  f: () => T,
  variables: readonly tf.Variable[],
): { value: T; gradients: Map<tf.Variable, tf.Tensor> } {
  const engine = tapeEngine();
  if (engine.state.gradientDepth > 0)
    throw new AnyformerError({ code: 'gradient/nested', who: 'valueAndGradients', given: 'a call inside another gradient' });
  engine.startTape();
  const tape = engine.state.activeTape!;
  try {
    let value: T;
    try {
      value = tf.tidy('forward', f as () => tf.TensorContainer) as T;
    } finally {
      engine.endTape();
    }
    try {
      return { value, gradients: backward(tape, value.loss, variables) };
    } catch (error) {
      tf.dispose(value as unknown as tf.TensorContainer);
      throw error;
    }
  } finally {
    for (const node of tape) forget(node);
    engine.state.activeTape = null;
  }
}

function backward(tape: TapeNode[], loss: tf.Scalar, variables: readonly tf.Variable[]): Map<tf.Variable, tf.Tensor> {
  const reached = reachedFrom(variables, tape);
  const gradients = new Map<number, tf.Tensor>([[loss.id, tf.scalar(1)]]);
  try {
    for (let i = tape.length - 1; i >= 0; i--) {
      const node = tape[i]!;
      if (node.outputs.some((output) => gradients.has(output.id) && reached.has(output.id))) differentiate(node, reached, gradients);
      for (const output of node.outputs) {
        gradients.get(output.id)?.dispose();
        gradients.delete(output.id);
      }
      forget(node);
    }
  } catch (error) {
    for (const gradient of gradients.values()) gradient.dispose();
    throw error;
  }
  const found = new Map<tf.Variable, tf.Tensor>();
  for (const variable of variables) {
    const gradient = gradients.get(variable.id);
    if (gradient) found.set(variable, gradient);
    gradients.delete(variable.id);
  }
  for (const unused of gradients.values()) unused.dispose();
  return found;
}

/** The ids of everything computed from the variables. */
function reachedFrom(variables: readonly tf.Variable[], tape: TapeNode[]): Set<number> {
  const reached = new Set(variables.map((variable) => variable.id));
  for (const node of tape) {
    for (const name in node.inputs) {
      if (!reached.has(node.inputs[name]?.id ?? -1)) continue;
      for (const output of node.outputs) reached.add(output.id);
      break;
    }
  }
  return reached;
}

/** Passes the gradient of a node's outputs on to its inputs. */
function differentiate(node: TapeNode, reached: ReadonlySet<number>, gradients: Map<number, tf.Tensor>): void {
  if (!node.gradient)
    throw new AnyformerError({
      code: 'gradient/none',
      who: 'valueAndGradients',
      given: `the op ${node.kernelName}, which has no gradient`,
    });
  const engine = tapeEngine();
  kernelBackend(`the gradient of ${node.kernelName}`);
  engine.startScope(node.kernelName);
  const scope = engine.state.activeScope!.id;
  const results: [tf.Tensor, tf.Tensor][] = [];
  const owned = new Set<tf.Tensor>();
  try {
    const dys = node.outputs.map((output) => gradients.get(output.id) ?? null);
    const thunks = node.gradient(dys, (name) => reached.has(node.inputs[name]?.id ?? -1));
    for (const name in node.inputs) {
      const input = node.inputs[name];
      if (!input || !reached.has(input.id)) continue;
      const thunk = thunks[name]!;
      const sum = gradients.get(input.id);
      if (sum && thunk.into && tf.backend().refCount(sum.dataId) === 1) {
        thunk.into(sum);
        continue;
      }
      const made = thunk();
      // What a gradient function hands through (its own dy, one tensor for two inputs) gets a handle of its own, to be freed alone.
      const gradient = made.scopeId === scope && !owned.has(made) ? made : tf.clone(made);
      owned.add(gradient);
      results.push([input, gradient]);
    }
  } finally {
    engine.endScope([...owned]);
  }
  for (const [input, gradient] of results) accumulate(node, input, gradient, gradients);
}

function accumulate(node: TapeNode, input: tf.Tensor, gradient: tf.Tensor, gradients: Map<number, tf.Tensor>): void {
  if (gradient.size !== input.size || gradient.dtype !== 'float32')
    throw new AnyformerError({
      code: 'gradient/shape',
      who: node.kernelName,
      given: `a ${gradient.dtype} gradient [${gradient.shape}] for an input [${input.shape}]`,
    });
  const sum = gradients.get(input.id);
  if (!sum) gradients.set(input.id, gradient);
  else if (tf.backend().refCount(sum.dataId) === 1) {
    addInPlace(sum, gradient);
    gradient.dispose();
  } else {
    gradients.set(input.id, tf.add(sum, gradient));
    sum.dispose();
    gradient.dispose();
  }
}

/** Frees what a node saved for its gradient. */
function forget(node: TapeNode): void {
  for (const tensor of node.saved) tensor.dispose();
  node.saved = [];
}
