import { kernelBackend } from '../backend/kernel-backend.js';
import { AnyformerError } from '../error.js';
import { addInPlace } from '../ops/in-place.js';
import * as tf from '../tf.js';
import { leave, recomputing, release } from './recomputed.js';
import { forget, onto, type TapeNode, tapeEngine } from './tape.js';

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
  if (tapeEngine().state.gradientDepth > 0)
    throw new AnyformerError({ code: 'gradient/nested', who: 'valueAndGradients', given: 'a call inside another gradient' });
  const tape: TapeNode[] = [];
  return recomputing(() => {
    try {
      const value = onto(tape, () => tf.tidy('forward', f as () => tf.TensorContainer)) as T;
      try {
        for (const tensor of Object.values(value)) leave(tensor);
        return { value, gradients: backward(tape, value.loss, variables) };
      } catch (error) {
        tf.dispose(value as unknown as tf.TensorContainer);
        throw error;
      }
    } finally {
      for (const node of tape) pass(node);
    }
  });
}

function backward(tape: TapeNode[], loss: tf.Scalar, variables: readonly tf.Variable[]): Map<tf.Variable, tf.Tensor> {
  const reached = new Set(variables.map((variable) => variable.id));
  const gradients = new Map<number, tf.Tensor>([[loss.id, tf.scalar(1)]]);
  try {
    walk(tape, reached, gradients);
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

/** Passes the nodes of a tape from the last to the first. */
function walk(tape: TapeNode[], reached: Set<number>, gradients: Map<number, tf.Tensor>): void {
  reach(tape, reached);
  for (let i = tape.length - 1; i >= 0; i--) {
    const node = tape[i]!;
    if (node.outputs.some((output) => gradients.has(output.id) && reached.has(output.id))) {
      if (node.again) walkAgain(node, node.again, reached, gradients);
      else differentiate(node, reached, gradients);
    }
    for (const output of node.outputs) {
      gradients.get(output.id)?.dispose();
      gradients.delete(output.id);
    }
    pass(node);
  }
}

/**
 * Computes a part of the forward pass again and walks it in its place. Gradients are added to the same sums in the same order as if the
 * part had been recorded at first: they have the same bits.
 */
function walkAgain(node: TapeNode, again: () => tf.Tensor, reached: Set<number>, gradients: Map<number, tf.Tensor>): void {
  const tape: TapeNode[] = [];
  try {
    const output = onto(tape, () => tf.tidy('recomputed', again));
    const { id } = node.outputs[0]!;
    gradients.set(output.id, gradients.get(id)!);
    gradients.delete(id);
    output.dispose();
    walk(tape, reached, gradients);
  } finally {
    for (const one of tape) pass(one);
  }
}

/** Lets go of what a node has kept. */
function pass(node: TapeNode): void {
  forget(node);
  if (node.again) release(node);
}

/** Adds the ids of everything computed from what is reached. */
function reach(tape: readonly TapeNode[], reached: Set<number>): void {
  for (const node of tape) {
    for (const name in node.inputs) {
      if (!reached.has(node.inputs[name]?.id ?? -1)) continue;
      for (const output of node.outputs) reached.add(output.id);
      break;
    }
  }
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
