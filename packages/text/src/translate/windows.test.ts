import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { windows } from './windows.js';

async function* slowly(pauses: Readonly<Record<number, number>>, count: number): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) {
    if (pauses[i]) await sleep(pauses[i]);
    yield i;
  }
}

const collect = async (items: AsyncIterable<number>, size: number, patience?: number): Promise<[number, readonly number[]][]> => {
  const found: [number, readonly number[]][] = [];
  for await (const { first, items: held } of windows(items, size, patience)) found.push([first, held]);
  return found;
};

test('windows hold so many items and know where they begin', async (t) => {
  t.deepEqual(await collect(slowly({}, 5), 2), [
    [0, [0, 1]],
    [2, [2, 3]],
    [4, [4]],
  ]);
  t.deepEqual(await collect(slowly({}, 0), 2), []);
});

test('a pause ends a window only where there is a patience to end', async (t) => {
  t.deepEqual(await collect(slowly({ 2: 400 }, 4), 8, 50), [
    [0, [0, 1]],
    [2, [2, 3]],
  ]);
  t.deepEqual(await collect(slowly({ 2: 100 }, 4), 8), [[0, [0, 1, 2, 3]]]);
});

test('who stops early closes the stream, and a failing stream fails the windows', async (t) => {
  let closed = false;
  async function* watched(): AsyncGenerator<number> {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      closed = true;
    }
  }
  for await (const { items } of windows(watched(), 3)) {
    t.deepEqual(items, [0, 1, 2]);
    break;
  }
  t.true(closed);
  async function* failing(): AsyncGenerator<number> {
    yield 1;
    throw new Error('gone');
  }
  const seen: (readonly number[])[] = [];
  const follow = async (): Promise<void> => {
    for await (const { items } of windows(failing(), 3, 10)) seen.push(items);
  };
  await t.throwsAsync(follow, { message: 'gone' });
  t.deepEqual(seen, [[1]]);
});
