import { AnyformerError } from '@anyformer/engine';
import test from 'ava';
import type { Task } from '../contract/task.js';
import { generated } from '../data/generated.js';
import { type BatchCursor, type BatchSize, batches, type PlannedBatch } from './batches.js';

/** A task whose examples are [target, source] lengths like those of sentences. */
const task = (id: string, epoch = 2000): Task<number[], number[]> => ({
  id,
  modalities: [],
  data: generated({
    name: 'lengths',
    seed: 3,
    epoch,
    draw(random) {
      const target = Math.max(3, Math.round(12 + 4 * random.normal()));
      return [target, Math.max(3, Math.round(target + 2 * random.normal())), random.integer(1e9)];
    },
  }),
  encode: (raw) => raw,
  positions: ([target, source]) => [target!, source!],
  collate: () => ({}),
  build: () => ({ loss: () => assert(), observe: async () => [] }),
  metrics: () => [],
});
const assert = (): never => {
  throw new Error('not called');
};

const take = async (
  from: Task,
  count: number,
  cursor?: BatchCursor,
  size: BatchSize = { positions: 600 },
  pool = 700,
): Promise<PlannedBatch[]> => {
  const taken: PlannedBatch[] = [];
  const stream = batches(from, { seed: 1, size, pool }, cursor);
  while (taken.length < count) taken.push((await stream.next()).value);
  return taken;
};

test('batches hold what they may, and little of them is padding', async (t) => {
  const taken = await take(task('a', 20_000), 300, undefined, { positions: 600 }, 50_000);
  for (const { cells } of taken) t.true(cells / 2 <= 600);
  const padding = 1 - taken.reduce((sum, { positions }) => sum + positions, 0) / taken.reduce((sum, { cells }) => sum + cells, 0);
  t.true(padding < 0.03, `${(100 * padding).toFixed(2)} % padding`);
});

test('an epoch gives every example once, and the next one in another order', async (t) => {
  const taken = await take(task('a'), 200, undefined, { examples: 20 });
  const first = taken.filter(({ epoch }) => epoch === 0).flatMap(({ examples }) => examples as number[][]);
  t.is(first.length, 2000);
  t.is(new Set(first.map((one) => one.join())).size, 2000);
  const second = taken.find(({ epoch }) => epoch === 1)!;
  t.notDeepEqual(second.examples, taken[0]!.examples);
});

test('going on from any cursor gives the batches that would have come', async (t) => {
  const whole = await take(task('a'), 160);
  for (const at of [0, 1, 17, 39, 60, 97, 120]) {
    const rest = await take(task('a'), 20, whole[at]!.next);
    t.deepEqual(
      rest.map(({ examples }) => examples),
      whole.slice(at + 1, at + 21).map(({ examples }) => examples),
      `after batch ${at}`,
    );
  }
});

test('another task’s id gives another order, the same id the same one', async (t) => {
  t.deepEqual(await take(task('a'), 5), await take(task('a'), 5));
  t.notDeepEqual(
    (await take(task('a'), 5)).map(({ examples }) => examples),
    (await take(task('b'), 5)).map(({ examples }) => examples),
  );
});

test('no data is an error that names the task', async (t) => {
  await t.throwsAsync(take(task('a', 0), 1), { code: 'data/empty', message: /Task 'a'/ });
});

test('an example with more positions than the model has is refused with its place, and so is one that cannot be encoded', async (t) => {
  const from = task('a');
  const placed = { ...from, data: { ...from.data, place: ([, , name]: number[]) => `lengths:${name}` } };
  const long = (await take(from, 40)).flatMap(({ examples }) => examples as number[][]).find(([, source]) => source! > 18)!;
  const first = (limits: readonly (number | undefined)[], of = placed) => batches(of, { seed: 1, size: { positions: 600 }, limits }).next();
  await t.throwsAsync(first([undefined, 18]), {
    code: 'positions/too-long',
    message: /^lengths:\d+: Task 'a': \d+ positions; accepted: at most 18/,
  });
  await t.throwsAsync(first([9]), { code: 'positions/too-long', message: /at most 9/ });
  await t.notThrowsAsync(first([long[1]! + 100, undefined]));
  const refusing = () => {
    throw new AnyformerError({ code: 'lengths/odd', who: 'Lengths', given: 'an odd one', exit: 2 });
  };
  await t.throwsAsync(first([], { ...placed, encode: refusing }), { code: 'lengths/odd', message: /^lengths:\d+: Lengths: an odd one\.$/ });
  await t.throwsAsync(first([], { ...from, encode: refusing } as typeof placed), { code: 'lengths/odd', message: /^Lengths: / });
});
