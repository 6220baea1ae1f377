import { readdirSync } from 'node:fs';
import test from 'ava';
import { anyformer, smallConfig, testFolder } from '../process.test-support.js';
import { folded } from './plan.js';

const { folder, written } = testFolder(test);
const config = written('small.yaml', smallConfig);

test('plan tells shapes, parameters, memory and FLOPs, and leaves nothing behind', async (t) => {
  const { exit, out, err } = await anyformer(['plan', config], { cwd: folder });
  t.is(exit, 0, err);
  for (const part of [
    /^Config/m,
    /backbone\/encoder\/block0 +[\d,]+$/m,
    /^Task shape of pictures$/m,
    /encoder\/block0\/attention +\[8, 2, \d+, \d+\]/,
    /^Memory$/m,
    /as seen here in \d+ training steps/,
    /activations.*iB$/m,
    /FLOP a step/,
  ])
    t.regex(out, part);
  t.deepEqual(readdirSync(folder), ['small.yaml']);
});

test('plan --json is one document, with --set applied', async (t) => {
  const { exit, out } = await anyformer(['plan', config, '--json', '--set', 'model.encoder.layers=3'], { cwd: folder });
  t.is(exit, 0);
  const { config: resolved, parameters, tasks, memory, flops } = JSON.parse(out);
  t.is(resolved.model.encoder.layers, 3);
  t.is(
    Object.values<number>(parameters.byPrefix).reduce((a, b) => a + b, 0),
    parameters.total,
  );
  t.true(tasks[0].shapes.some(({ path }: { path: string }) => path === 'encoder/block2'));
  t.is(memory.parameters, 4 * parameters.total);
  const { total, steps, ...parts } = memory;
  t.is(
    Object.values<number>(parts).reduce((a, b) => a + b, 0),
    total,
  );
  t.true(steps >= 3 && Object.values<number>(parts).every((part) => part >= 0));
  t.is(flops.run, flops.step * resolved.train.steps);
});

test('blocks of the same shape share a line', (t) => {
  const stage = (path: string, ...shape: number[]) => ({ path, shape });
  t.deepEqual(
    folded([
      stage('a/in', 1),
      stage('a/block0/x', 1),
      stage('a/block0', 2),
      stage('a/block1/x', 1),
      stage('a/block1', 3),
      stage('a/block2/x', 1),
    ]),
    [stage('a/in', 1), stage('a/block0…2/x', 1), stage('a/block0', 2), stage('a/block1', 3)],
  );
});
