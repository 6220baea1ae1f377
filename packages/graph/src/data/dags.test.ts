import test from 'ava';
import { dagFeatures, dags, kinds, type MarkedDag } from './dags.js';

const take = async (count: number): Promise<MarkedDag[]> => {
  const taken: MarkedDag[] = [];
  for await (const one of dags({ smallest: 5, largest: 12, seed: 1, epoch: count }).examples('train', { epoch: 0, index: 0, seed: 3 }))
    taken.push(one);
  return taken;
};

const kindOf = (node: readonly number[]): number => node.indexOf(1);

test('one node is marked, and everything that feeds it is of the labelled kind', async (t) => {
  for (const { dag, label } of await take(300)) {
    const marked = dag.nodes.flatMap((node, i) => (node.at(-1) === 1 ? [i] : []));
    t.is(marked.length, 1);
    const feeding = dag.edges.filter(([, to]) => to === marked[0]).map(([from]) => kindOf(dag.nodes[from]!));
    t.true(feeding.length > 0 && feeding.every((kind) => kind === label));
    t.true(dag.nodes.every((node) => node.length === dagFeatures));
  }
});

test('without the edges the label is hard to guess: the commonest kind is wrong for four in ten', async (t) => {
  const taken = await take(1000);
  const right = taken.filter(({ dag, label }) => {
    const counts = kinds.map((_, kind) => dag.nodes.filter((node) => kindOf(node) === kind).length);
    return counts.indexOf(Math.max(...counts)) === label;
  }).length;
  t.true(right < 600, `${right} of 1000`);
});
