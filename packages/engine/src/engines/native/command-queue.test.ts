import test from 'ava';
import { linear } from '../../ops/linear.js';
import * as tf from '../../tf.js';
import { useEngine } from '../use-engine.js';
import type { Addon } from './addon.js';
import { CommandQueue } from './command-queue.js';

/** An addon that writes down what it runs, in lists as they were run together. */
const paper = (): { addon: Addon; runs: string[][] } => {
  const runs: string[][] = [];
  const commands = ['add', 'size', 'sum'];
  const given = new Float64Array(32);
  const addon: Addon = {
    commands,
    answers: [0, 1, 2],
    arguments: given,
    run(command) {
      runs.push([`${commands[command]} ${given[0]}`]);
      return 7 + command;
    },
    runAll(list) {
      const names: string[] = [];
      for (let at = 0; at < list.length; at += 2 + list[at + 1]!)
        names.push(`${commands[list[at]!]} ${list.subarray(at + 2, at + 2 + list[at + 1]!).join(' ')}`);
      runs.push(names);
      return true;
    },
    take: () => undefined,
    start: () => 1,
  };
  return { addon, runs };
};

type Functions = Record<'add' | 'size' | 'sum', (...given: number[]) => number>;

test('kernels run in the order in which they were called, together where nothing is asked between', (t) => {
  const { addon, runs } = paper();
  const queue = new CommandQueue(addon);
  const [now, later] = [queue.now as unknown as Functions, queue.later as unknown as Functions];
  queue.catchUp();
  later.add(1, 2);
  later.add(3);
  t.is(later.size(5), 8); // nothing in memory decides it
  t.deepEqual(runs, [['size 5']]);
  later.add(4);
  t.is(later.sum(6), 9);
  t.deepEqual(runs.splice(0), [['size 5'], ['add 1 2', 'add 3', 'add 4'], ['sum 6']]);
  later.add(7);
  now.add(8);
  queue.catchUp();
  t.deepEqual(runs.splice(0), [['add 7'], ['add 8']]);
});

test('as many wait as there is room for', (t) => {
  const { addon, runs } = paper();
  const queue = new CommandQueue(addon);
  const later = queue.later as unknown as Functions;
  const wanted = Array.from({ length: 10_000 }, (_, i) => `add ${i} 1 2`);
  for (let i = 0; i < wanted.length; i++) later.add(i, 1, 2);
  t.true(runs.length > 1 && runs.length < 10, `${runs.length} times`);
  queue.catchUp();
  t.deepEqual(runs.flat(), wanted);
});

test.serial('a kernel that waits reads what was there when it was called', async (t) => {
  if ((await useEngine({ engine: 'native', threads: 1 }).catch(() => undefined)) === undefined) return t.pass('native does not load here');
  const weight = tf.tensor2d([2], [1, 1]);
  const made: tf.Tensor[] = [];
  for (let i = 0; i < 50; i++) {
    const x = tf.tensor2d(new Float32Array(3000).fill(i), [3000, 1]);
    const y = linear(x, weight);
    made.push(linear(y, weight));
    // Their places are free now, and are taken by values from JavaScript at once.
    tf.dispose([x, y]);
    tf.dispose([tf.tensor1d(new Float32Array(3000).fill(Number.NaN)), tf.tensor1d(new Float32Array(3000).fill(-1))]);
  }
  for (const [i, one] of made.entries()) t.true((await one.data()).every((value) => value === 4 * i));
  tf.dispose([weight, ...made]);

  const timed = await tf.time(() => tf.tidy(() => void tf.matMul(tf.ones([600, 600]), tf.ones([600, 600]))));
  t.true((timed.kernelMs as number) > (2 * 600 ** 3) / 2e9, `${timed.kernelMs} ms`); // no machine makes 2 TFLOP/s of one thread
});
