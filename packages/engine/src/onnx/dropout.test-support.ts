import { dropout } from '../ops/dropout.js';
import * as tf from '../tf.js';
import { type Node, number, type Operator, read } from './node.test-support.js';

/** The share of elements that a node drops: none outside of training. */
export function dropRate({ inputs: [, ratio, training] }: Node): number {
  if (!training || !read(training)[0]) return 0;
  return ratio ? read(ratio)[0]! : 0.5;
}

const dropped: Operator = (node) => {
  const x = node.inputs[0]!;
  const [rate, seed] = [dropRate(node), number(node, 'seed', 0)];
  // The same seed drops the same elements, whatever they hold.
  return [dropout(x, rate, seed), tf.notEqual(dropout(tf.ones(x.shape), rate, seed), 0)];
};

/** Dropout. */
export const dropouts: Record<string, Operator> = { Dropout: dropped };

/**
 * What is wrong with what dropout drew; undefined where nothing is. What numpy drew cannot be asked for: what has to hold is that the
 * kept elements are scaled by 1/(1 - rate), the others zero, and about as many kept as the rate says.
 */
export function drawComplaint(node: Node, [y, mask]: (tf.Tensor | undefined)[]): string | undefined {
  const rate = dropRate(node);
  const [x, found, kept] = [node.inputs[0]!, y!, mask!].map(read) as [number[], number[], number[]];
  const wrong = x.findIndex((value, i) => Math.abs(found[i]! - (value * kept[i]!) / (1 - rate)) > 1e-5 * Math.max(1, Math.abs(value)));
  if (wrong >= 0) return `${found[wrong]} of ${x[wrong]}, ${kept[wrong] ? 'kept' : 'dropped'}, at ${wrong}`;
  const right = x.length * (1 - rate);
  const count = kept.reduce((sum, one) => sum + one, 0);
  const deviation = Math.sqrt(right * rate);
  return Math.abs(count - right) > 4 * deviation ? `${count} of ${x.length} kept, where ${right} are to be` : undefined;
}
