import { AnyformerError, type Codec } from '@anyformer/core';

/** A directed acyclic graph: each node has one row of features, each edge says whose result goes where. */
export interface Dag {
  /** One row of numbers per node, all of the same length. */
  readonly nodes: readonly (readonly number[])[];
  /** [from, to] by node index. */
  readonly edges: readonly (readonly [from: number, to: number])[];
}

/** A graph made ready: features row by row, edges, and the depth of each node (its longest path from a source). */
export interface DagExample {
  readonly size: number;
  readonly features: Float32Array;
  readonly edges: readonly (readonly [from: number, to: number])[];
  readonly depth: Float32Array;
}

const refuse = (given: string, accepted: string): never => {
  throw new AnyformerError({
    code: 'graph/not-a-dag',
    who: 'The graph codec',
    given,
    accepted,
    fix: 'Check the edges of this graph.',
    exit: 2,
  });
};

/** Longest path from a source to each node (Kahn's order). A cycle is an error. */
const depths = (size: number, edges: DagExample['edges']): Float32Array => {
  const depth = new Float32Array(size);
  const waiting = new Int32Array(size);
  const after: number[][] = Array.from({ length: size }, () => []);
  for (const [from, to] of edges) {
    after[from]!.push(to);
    waiting[to]!++;
  }
  const ready = [...waiting.keys()].filter((node) => waiting[node] === 0);
  let seen = 0;
  for (let node = ready.pop(); node !== undefined; node = ready.pop(), seen++)
    for (const to of after[node]!) {
      depth[to] = Math.max(depth[to]!, depth[node]! + 1);
      if (--waiting[to]! === 0) ready.push(to);
    }
  return seen === size ? depth : refuse(`a graph of ${size} nodes with a cycle`, 'a directed acyclic graph');
};

/** Checks a graph and finds each node's depth. */
export const dagCodec = (features: number): Codec<Dag, DagExample> => ({
  encode({ nodes, edges }) {
    const size = nodes.length;
    if (size === 0) refuse('a graph without nodes', 'at least one node');
    const flat = new Float32Array(size * features);
    nodes.forEach((row, i) => {
      if (row.length !== features) refuse(`node ${i} with ${row.length} features`, `${features} features per node`);
      flat.set(row, i * features);
    });
    for (const [from, to] of edges) if (!(from in nodes) || !(to in nodes)) refuse(`an edge ${from} -> ${to}`, `nodes 0 … ${size - 1}`);
    return { size, features: flat, edges, depth: depths(size, edges) };
  },
  files: () => ({}),
});
