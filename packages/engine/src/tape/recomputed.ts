import * as tf from '../tf.js';
import { recording } from './record.js';
import { forget, onto, type TapeNode, tapeEngine } from './tape.js';

/** Id of the first tensor made in the gradient at hand. */
let firstOfGradient: number | undefined;

/** For how many recomputed parts a tensor is kept. */
const held = new WeakMap<tf.Tensor, number>();

/**
 * Activation recomputation (Chen et al. 2016, "Training deep nets with sublinear memory cost"): computes `f()` and keeps of it, for the
 * gradient, only the tensors that it looks at and has not made. The backward pass of `valueAndGradients` computes it again when it comes
 * to it, and gradients have the same bits as without.
 *
 * `f` may read any tensor around it, and may hold recomputed parts of its own. It must compute the same each time (dropout with a seed
 * does; what it closes over must not be assigned anew) and have no other effect. Elsewhere than in `valueAndGradients` this is `tf.tidy(f)`.
 */
export function recomputed<T extends tf.Tensor>(f: () => T): T {
  if (firstOfGradient === undefined || !recording()) return tf.tidy(f);
  const { state } = tapeEngine();
  const first = tapeEngine().nextTensorId();
  const inside: TapeNode[] = [];
  let output: T;
  const read = new Set<tf.Tensor>();
  try {
    output = onto(inside, () => tf.tidy('recomputed', f));
    for (const { inputs, reads = [] } of inside)
      for (const tensor of [...Object.values(inputs), ...reads]) if (tensor.id < first) read.add(tensor);
    // Something that was there before, or that depends on nothing.
    if (!inside.some(({ outputs }) => outputs.some(({ id }) => id === output.id))) return output;
    for (const tensor of read) hold(tensor, firstOfGradient);
  } finally {
    for (const node of inside) {
      forget(node);
      if (node.again) release(node);
    }
  }
  const node: TapeNode = {
    id: state.nextTapeNodeId++,
    kernelName: 'Recomputed',
    inputs: Object.fromEntries([...read].map((tensor, i) => [i, tensor])),
    outputs: [output],
    saved: [],
    again: f,
  };
  state.activeTape!.push(node);
  return output;
}

/** Runs a gradient in which parts may be recomputed. */
export function recomputing<T>(gradient: () => T): T {
  firstOfGradient = tapeEngine().nextTensorId();
  try {
    return gradient();
  } finally {
    firstOfGradient = undefined;
  }
}

/** Keeps a tensor that a scope of this gradient would free. What was there before the gradient is its owner's to keep. */
function hold(tensor: tf.Tensor, first: number): void {
  const count = held.get(tensor) ?? 0;
  if (count === 0 && (tensor.kept || tensor.id < first)) return;
  tf.keep(tensor);
  held.set(tensor, count + 1);
}

/** Frees what is no longer looked at by any recomputed part, after this one was passed. */
export function release(node: TapeNode): void {
  for (const tensor of Object.values(node.inputs)) {
    const count = held.get(tensor);
    if (count === undefined) continue;
    if (count > 1) held.set(tensor, count - 1);
    else {
      held.delete(tensor);
      tensor.dispose();
    }
  }
  node.again = undefined;
}

/** A tensor that is kept for recomputed parts is given to a caller: it is no longer freed here. */
export function leave(tensor: tf.Tensor): void {
  held.delete(tensor);
}
