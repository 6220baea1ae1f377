import { AnyformerError, tensorCount, useEngine } from '@anyformer/engine';
import test from 'ava';
import { stream } from '../random/stream.js';
import { glob } from './glob.js';
import { initialization, initializationNames } from './initialization.js';
import { initializers } from './initializers.js';
import { ParameterStore } from './store.js';

test.before(async () => {
  await useEngine();
});

const code = (t: any, make: () => unknown): string => t.throws(make, { instanceOf: AnyformerError }).code;

test.serial('a parameter belongs to its path: sharing is asking twice, and others change nothing of it', async (t) => {
  const a = new ParameterStore({ width: 4, seed: 1 });
  const b = new ParameterStore({ width: 4, seed: 1 });
  const scope = a.scope('task/one');
  const weight = scope.parameter('weight', [4, 3], initializers.normal());
  t.is(a.scope('task').child('one').parameter('weight', [4, 3], initializers.zeros()), weight);
  t.is(
    code(t, () => scope.parameter('weight', [3, 4], initializers.zeros())),
    'parameters/shape',
  );
  b.scope('task/other').parameter('weight', [4, 3], initializers.normal());
  b.scope('task/one').parameter('weight', [4, 3], initializers.normal());
  const [one, two] = [await a.values(), await b.values()];
  t.deepEqual(one.get('task/one/weight'), two.get('task/one/weight'));
  t.notDeepEqual(two.get('task/one/weight')!.values, two.get('task/other/weight')!.values);
  t.deepEqual([...b.all.keys()], ['task/other/weight', 'task/one/weight']);
  a.dispose();
  b.dispose();
});

test.serial('disposing frees every variable, and stores do not meet', (t) => {
  const before = tensorCount();
  const stores = [1, 2, 3].map((seed) => new ParameterStore({ width: 2, seed }));
  for (const store of stores) store.scope('x').parameter('y', [2], initializers.ones());
  t.is(tensorCount(), before + 3);
  for (const store of stores) store.dispose();
  t.is(tensorCount(), before);
  t.is(stores[0]!.all.size, 0);
});

test.serial('loading reports what it did; strictly it does all or nothing', async (t) => {
  const store = new ParameterStore({ width: 2, seed: 1 });
  const scope = store.scope('backbone');
  scope.parameter('a', [2], initializers.zeros());
  scope.parameter('b', [2, 2], initializers.zeros());
  scope.parameter('c', [1], initializers.zeros());
  const ones = (...shape: number[]) => ({ shape, values: new Float32Array(shape.reduce((x, y) => x * y, 1)).fill(1) });
  const source = new Map([
    ['backbone/a', ones(2)],
    ['backbone/b', ones(4)],
    ['backbone/d', ones(1)],
  ]);
  const error = t.throws(() => store.load(source, { strict: true }), { instanceOf: AnyformerError })!;
  t.regex(error.message, /no values for backbone\/c; values for unknown backbone\/d; backbone\/b as \[4\] in place of \[2, 2\]/);
  t.deepEqual([...(await store.values()).get('backbone/a')!.values], [0, 0]);
  t.deepEqual(store.load(source), {
    loaded: ['backbone/a'],
    missing: ['backbone/c'],
    unexpected: ['backbone/d'],
    reshaped: [{ path: 'backbone/b', given: [4], expected: [2, 2] }],
  });
  t.deepEqual([...(await store.values()).get('backbone/a')!.values], [1, 1]);
  const whole = await store.values();
  t.deepEqual(store.load(whole, { strict: true }).loaded.length, 3);
  t.is(
    code(t, () => store.assign('backbone/z', new Float32Array(1))),
    'parameters/unknown',
  );
  t.is(
    code(t, () => store.assign('backbone/a', new Float32Array(1))),
    'parameters/shape',
  );
  store.dispose();
});

test.serial('globs freeze, prefixes count', (t) => {
  const store = new ParameterStore({ width: 2, seed: 1 });
  for (const path of ['backbone/encoder/block0', 'backbone/encoder/block1', 'modality/words'])
    for (const name of ['weight', 'bias']) store.scope(path).parameter(name, name === 'weight' ? [2, 3] : [3], initializers.zeros());
  t.deepEqual(
    [...store.frozen(['backbone/*/block0/*', '**/bias'])],
    ['backbone/encoder/block0/weight', 'backbone/encoder/block0/bias', 'backbone/encoder/block1/bias', 'modality/words/bias'],
  );
  t.is(store.frozen(['backbone/**']).size, 4);
  t.is(
    code(t, () => store.frozen(['backbone/decoder/**'])),
    'parameters/no-match',
  );
  t.deepEqual(
    [...store.counts(1)],
    [
      ['backbone', 18],
      ['modality', 9],
    ],
  );
  t.deepEqual(
    [...store.counts(3)],
    [
      ['backbone/encoder/block0', 9],
      ['backbone/encoder/block1', 9],
      ['modality/words/weight', 6],
      ['modality/words/bias', 3],
    ],
  );
  t.is(store.size, 27);
  store.dispose();
});

test('a glob stands for what it says and no more', (t) => {
  t.true(glob('a/**')('a/b/c'));
  t.false(glob('a/*')('a/b/c'));
  t.true(glob('**/c')('c') && glob('**/c')('a/b/c'));
  t.false(glob('a.b')('axb'));
  t.true(glob('block?/x')('block1/x'));
});

test('initialisers have the spread they promise', (t) => {
  const shape = [200, 300];
  const spread = (initializer: { values(shape: number[], random: any): Float32Array }) => {
    const values = initializer.values(shape, stream(1, 'spread'));
    const std = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
    return { std, most: values.reduce((most, x) => Math.max(most, Math.abs(x)), 0) };
  };
  const near = (std: number, expected: number) => t.true(Math.abs(std / expected - 1) < 0.02, `${std} for ${expected}`);
  near(spread(initializers.normal(0.3)).std, 0.3);
  near(spread(initializers.uniform(0.3)).std, 0.3 / Math.sqrt(3));
  near(spread(initializers.xavierUniform()).std, Math.sqrt(2 / 500));
  t.true(spread(initializers.xavierUniform()).most <= Math.sqrt(6 / 500));
  near(spread(initializers.xavierNormal()).std, Math.sqrt(2 / 500));
  near(spread(initializers.fanIn(0.5)).std, 0.5 / Math.sqrt(200));
  const truncated = spread(initializers.truncatedNormal(0.1));
  near(truncated.std, 0.1);
  t.true(truncated.most <= (2 * 0.1) / 0.8796 + 1e-6);
  t.deepEqual([...initializers.constant(2).values([3], stream(1))], [2, 2, 2]);
  // Raffel et al. 2020: queries by the head width too; Radford et al. 2019: branches by their number
  near(spread(initialization('t5').query(16)).std, 1 / Math.sqrt(200 * 16));
  near(spread(initialization('t5').weight).std, 1 / Math.sqrt(200));
  near(spread(initialization('gpt2').residual(24)).std, 0.02 / Math.sqrt(24));
  near(spread(initialization('gpt2').weight).std, 0.02);
  for (const name of initializationNames) t.is(initialization(name).name, name);
  t.is(
    code(t, () => initialization('best' as never)),
    'parameters/initialization',
  );
});
