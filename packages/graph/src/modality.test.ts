import { inference, ParameterStore, tf } from '@anyformer/core';
import { useEngine } from '@anyformer/engine';
import { conformance } from '@anyformer/testing';
import test from 'ava';
import type { Dag } from './codec.js';
import { graph } from './modality.js';

test.before(() => useEngine());

const small: Dag = {
  nodes: [
    [1, 0, 2],
    [0, 1, 1],
  ],
  edges: [[0, 1]],
};
const large: Dag = {
  nodes: [
    [1, 2, 0],
    [0, 1, 1],
    [2, 2, 1],
    [1, 1, 0],
  ],
  edges: [
    [2, 0],
    [0, 3],
    [2, 3],
  ],
};

test.serial('the graph modality conforms', async (t) => {
  t.deepEqual(await conformance({ make: () => graph({ id: 'graphs', features: 3 }), samples: [small, large] }), []);
});

test.serial('edges become a bias in both directions, and the coordinate is the depth', async (t) => {
  const modality = graph({ id: 'graphs', features: 3 });
  const store = new ParameterStore({ width: 4, seed: 1 });
  const embed = modality.embedder(store.scope('modality/graphs'));
  store.assign('modality/graphs/edge/feeds', Float32Array.of(2));
  store.assign('modality/graphs/edge/fed', Float32Array.of(-3));
  const { bias, positions } = tf.tidy(() => {
    const sequence = embed(modality.collate([modality.codec.encode(large)]), inference);
    return { bias: sequence.bias!, positions: sequence.positions };
  });
  t.deepEqual((await bias.array())[0]![0], [
    [0, 0, -3, 2],
    [0, 0, 0, 0],
    [2, 0, 0, 2],
    [-3, 0, -3, 0],
  ]);
  t.deepEqual((await positions.array())[0], [[1], [0], [0], [2]]);
  tf.dispose([bias, positions]);
  store.dispose();
});

const { codec } = graph({ id: 'graphs', features: 3 });

test('a cycle is refused', (t) => {
  t.throws(() => codec.encode({ ...large, edges: [...large.edges, [3, 2]] }), { code: 'graph/not-a-dag', message: /cycle/ });
});

test('an edge to nowhere, a node with other features and an empty graph are refused', (t) => {
  t.throws(() => codec.encode({ ...small, edges: [[0, 2]] }), { message: /edge 0 -> 2/ });
  t.throws(() => codec.encode({ nodes: [[1, 2]], edges: [] }), { message: /node 0 with 2 features/ });
  t.throws(() => codec.encode({ nodes: [], edges: [] }), { message: /without nodes/ });
});
