import { type DataSource, generated, type Random } from '@anyformer/core';
import type { Dag } from '../codec.js';

/** A graph in which one node is marked, and the kind of the nodes that feed it: an index into {@link kinds}. */
export interface MarkedDag {
  readonly dag: Dag;
  readonly label: number;
}

/** What a node may be; its features are this choice one-hot, its cost, and whether it is marked. */
export const kinds = ['matmul', 'add', 'softmax', 'copy'] as const;
/** Numbers per node. */
export const dagFeatures = kinds.length + 2;

/** Nodes in random order; edges run from a hidden rank to a later one. The label cannot be told without the edges. */
const draw = (random: Random, smallest: number, largest: number): MarkedDag => {
  const size = smallest + random.integer(largest - smallest + 1);
  const place = Array.from({ length: size }, (_, i) => i);
  for (let i = size - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [place[i], place[j]] = [place[j]!, place[i]!];
  }
  const kind = Array.from({ length: size }, () => random.integer(kinds.length));
  const marked = 1 + random.integer(size - 1);
  const label = random.integer(kinds.length);
  const edges: [number, number][] = [];
  for (let rank = 1; rank < size; rank++) {
    const parents = new Set(Array.from({ length: 1 + random.integer(2) }, () => random.integer(rank)));
    for (const parent of parents) {
      if (rank === marked) kind[parent] = label;
      edges.push([place[parent]!, place[rank]!]);
    }
  }
  const nodes: number[][] = Array.from({ length: size }, () => []);
  for (let rank = 0; rank < size; rank++)
    nodes[place[rank]!] = [...kinds.map((_, k) => (k === kind[rank] ? 1 : 0)), random.uniform(), rank === marked ? 1 : 0];
  return { dag: { nodes, edges }, label };
};

/** Generated op graphs with one marked node: which kind of node feeds it? Endless in training; seeded. */
export const dags = (options: { smallest: number; largest: number; seed: number; epoch: number }): DataSource<MarkedDag> =>
  generated({ name: 'dags', ...options, draw: (random) => draw(random, options.smallest, options.largest) });
