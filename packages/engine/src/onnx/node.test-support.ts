import type * as tf from '../tf.js';
import type { Stored } from './vectors.test-support.js';

/** One node to run: inputs by position (undefined where left out), attributes, and how many outputs are named. */
export interface Node {
  inputs: (tf.Tensor | undefined)[];
  attributes: Record<string, unknown>;
  opset: number;
  outputs: string[];
}

/** Runs a node with the ops of this package, or with the stock ops that it replaces. */
export type Operator = (node: Node) => (tf.Tensor | undefined)[];

/** An operator with one output from its first inputs. */
export const single =
  (run: (inputs: tf.Tensor[], node: Node) => tf.Tensor): Operator =>
  (node) => [run(node.inputs as tf.Tensor[], node)];

/** A number among the attributes. */
export const number = ({ attributes }: Node, name: string, otherwise: number): number => (attributes[name] as number) ?? otherwise;

/** A flag among the attributes. */
export const flag = (node: Node, name: string): boolean => number(node, name, 0) !== 0;

/** Numbers among the attributes. */
export const numbers = ({ attributes }: Node, name: string): number[] | undefined => attributes[name] as number[] | undefined;

/** ONNX's numbers of the types that a tensor here can have. */
const types: Record<number, 'float32' | 'int32' | 'bool'> = Object.fromEntries([
  ...[1, 10, 11, 16].map((n) => [n, 'float32']),
  ...[2, 3, 4, 5, 6, 7, 12, 13].map((n) => [n, 'int32']),
  [9, 'bool'],
]);

/** The type that a node asks for by ONNX's number of it, as a tensor here has it. */
export const typeAsked = (node: Node, name: string): 'float32' | 'int32' | 'bool' | undefined => types[number(node, name, 0)];

/** A tensor among the attributes. */
export const stored = ({ attributes }: Node, name: string): Stored | undefined =>
  (attributes[name] as { tensor: Stored } | undefined)?.tensor;

/** What a tensor holds, on the host: shapes and axes come as tensors. */
export const read = (t: tf.Tensor): number[] => [...t.dataSync()];
