import * as tf from '../tf.js';
import { coordinatesOf, elementAt } from './axes.test-support.js';
import { pick } from './gather.test-support.js';
import { type Operator, single } from './node.test-support.js';

/** An operand, of which each axis has a label. */
interface Term {
  x: tf.Tensor;
  labels: string[];
}

const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/** Gives the axes of an ellipsis labels of their own, the same from the last axis on in every term. */
function labelled(term: string, rank: number, fresh: string[]): string[] {
  const [before = '', after] = term.split('...');
  if (after === undefined) return [...before];
  const hidden = rank - before.length - after.length;
  return [...before, ...fresh.slice(fresh.length - hidden), ...after];
}

/** Only the elements whose places along axes of one label agree: a label comes once. */
function diagonal({ x, labels }: Term): Term {
  const once = [...new Set(labels)];
  if (once.length === labels.length) return { x, labels };
  const shape = once.map((label) => x.shape[labels.indexOf(label)]!);
  const length = shape.reduce((a, b) => a * b, 1);
  const places = Array.from({ length }, (_, i) => {
    const coordinates = coordinatesOf(i, shape);
    return elementAt(
      labels.map((label) => coordinates[once.indexOf(label)]!),
      x.shape,
    );
  });
  return { x: pick(x, places, shape), labels: once };
}

/** Drops axes of size 1 whose label has another size elsewhere: they broadcast. */
function narrowed({ x, labels }: Term, sizes: Map<string, number>): Term {
  const kept = labels.flatMap((label, axis) => (x.shape[axis] === sizes.get(label) ? [axis] : []));
  return {
    x: tf.reshape(
      x,
      kept.map((axis) => x.shape[axis]!),
    ),
    labels: kept.map((axis) => labels[axis]!),
  };
}

/** The product of two terms, summed over the labels that are not asked for. */
function multiplied(first: Term, second: Term, asked: string[]): Term {
  const labels = [...new Set([...first.labels, ...second.labels])].filter((label) => asked.includes(label));
  const scalar = first.labels.length === 0 || second.labels.length === 0;
  if (scalar) return { x: tf.mul(first.x, second.x), labels: [...first.labels, ...second.labels] };
  return { x: tf.einsum(`${first.labels.join('')},${second.labels.join('')}->${labels.join('')}`, first.x, second.x), labels };
}

/** Without an arrow: the axes of an ellipsis, then the labels that come once. */
function implied(terms: string[], ellipsis: string[]): string[] {
  const given = terms.join('').replaceAll('.', '');
  return [...ellipsis, ...[...new Set(given)].filter((label) => given.split(label).length === 2).sort()];
}

/** Ellipses, diagonals and scalars, which einsum of tfjs has not, come first; then it multiplies two terms at a time. */
const einsum: Operator = single((inputs, { attributes }) => {
  const equation = (attributes.equation as string).replaceAll(' ', '');
  const [left, right] = equation.split('->') as [string, string | undefined];
  const terms = left.split(',');
  const hidden = terms.map((term, i) => (term.includes('.') ? inputs[i]!.shape.length - term.length + 3 : 0));
  const ellipsis = letters.filter((letter) => !equation.includes(letter)).slice(0, Math.max(...hidden));
  const asked =
    right === undefined ? implied(terms, ellipsis) : labelled(right, right.replace('...', '').length + ellipsis.length, ellipsis);
  const diagonals = terms.map((term, i) => diagonal({ x: inputs[i]!, labels: labelled(term, inputs[i]!.shape.length, ellipsis) }));
  const sizes = new Map<string, number>();
  for (const { x, labels } of diagonals)
    for (const [axis, label] of labels.entries()) if ((sizes.get(label) ?? 1) === 1) sizes.set(label, x.shape[axis]!);
  const [first, ...others] = diagonals.map((term) => narrowed(term, sizes));
  const product = others.reduce((term, other, i) => {
    const later = others.slice(i + 1).flatMap(({ labels }) => labels);
    return multiplied(term, other, [...asked, ...later]);
  }, first!);
  const done = `${product.labels}` === `${asked}`;
  return done ? tf.clone(product.x) : tf.einsum(`${product.labels.join('')}->${asked.join('')}`, product.x);
});

/** Sums over products, in Einstein's notation. */
export const einsums: Record<string, Operator> = { Einsum: einsum };
