import type * as tf from '../tf.js';
import { drawComplaint, dropRate } from './dropout.test-support.js';
import type { Node } from './node.test-support.js';
import { numbersOf, roundedTo, type Stored, typeHere, type Vector } from './vectors.test-support.js';

/** How far a float may be off, of the larger of 1 and itself: 16 bits keep three digits, or two. */
function toleranceOf({ inputs, outputs }: Vector): number {
  const types = new Set([...inputs, ...outputs].map(({ dtype }) => dtype));
  if (types.has('bfloat16')) return 2e-2;
  return types.has('float16') ? 2e-3 : 2e-5;
}

const near = (x: number, right: number, tolerance: number): boolean =>
  Object.is(x, right) || x === right || Math.abs(x - right) <= tolerance * Math.max(1, Math.abs(right));

/** What is wrong with the kind of an output; undefined where nothing is. */
function misfit(given: tf.Tensor | undefined, stored: Stored): string | undefined {
  if (!given) return 'is missing';
  if (`${given.shape}` !== `${stored.shape}`) return `[${given.shape}] for [${stored.shape}]`;
  return given.dtype === typeHere(stored.dtype) ? undefined : `${given.dtype} for ${stored.dtype}`;
}

/** What is wrong with the numbers of an output; undefined where nothing is. */
function difference(given: tf.Tensor, stored: Stored, tolerance: number): string | undefined {
  const [found, right] = [[...given.dataSync()].map((x) => roundedTo(x, stored.dtype)), numbersOf(stored)];
  const wrong = right.findIndex((x, i) => !near(found[i]!, x, tolerance));
  return wrong < 0 ? undefined : `${found[wrong]} where ${right[wrong]} is right, at ${wrong}`;
}

/** What is wrong with the outputs that a node made of a vector; nothing where all are right. */
export function complaintsAbout(vector: Vector, node: Node, made: (tf.Tensor | undefined)[]): string[] {
  const named = vector.output_names.flatMap((name, at) => (name === '' ? [] : [{ name, given: made[at] }]));
  const drawn = vector.op === 'Dropout' && dropRate(node) > 0;
  const complaints = named.flatMap(({ name, given }, i) => {
    const stored = vector.outputs[i]!;
    const wrong = misfit(given, stored) ?? (drawn ? undefined : difference(given!, stored, toleranceOf(vector)));
    return wrong ? [`${name}: ${wrong}`] : [];
  });
  const wrong = drawn && complaints.length === 0 ? drawComplaint(node, made) : undefined;
  return wrong ? [wrong] : complaints;
}
