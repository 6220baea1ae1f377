import test from 'ava';
import type { Block, KernelLibrary } from './kernel-library.js';
import { MemoryPool } from './memory-pool.js';

/** A library with so much memory and no kernels. */
function libraryOf(bytes: number): KernelLibrary & { taken: number } {
  const library = {
    taken: 0,
    reservedBytes: bytes,
    take(size: number): Block | undefined {
      if (library.taken + size > bytes) return undefined;
      library.taken += size;
      return { address: library.taken - size, bytes: size };
    },
  };
  return library as unknown as KernelLibrary & { taken: number };
}

test('the same requests get the same blocks again, and nothing new is taken', (t) => {
  const library = libraryOf(1 << 20);
  const pool = new MemoryPool(library);
  const round = (): number[] => {
    const blocks = [1, 100, 5000, 5001, 64, 0].map((bytes) => pool.get(bytes));
    for (const [i, block] of blocks.entries()) t.true(block.bytes >= [1, 100, 5000, 5001, 64, 0][i]! && block.address % 64 === 0);
    for (const block of blocks.toReversed()) pool.put(block);
    return blocks.map(({ address }) => address);
  };
  const first = round();
  const { taken } = library;
  t.deepEqual(round(), first);
  t.is(library.taken, taken);
  t.is(pool.liveBytes, 0);
});

test('no new block is more than an eighth larger than asked for', (t) => {
  const pool = new MemoryPool(libraryOf(2 ** 40));
  for (const bytes of [513, 1000, 4097, 65_537, 1_000_001, 123_456_789, 3_000_000_000]) t.true(pool.get(bytes).bytes <= bytes * 1.125 + 64);
});

test('sizes that vary from step to step take hardly more than the largest step needs', (t) => {
  const library = libraryOf(2 ** 40);
  const pool = new MemoryPool(library);
  let largest = 0;
  let seed = 7;
  for (let step = 0; step < 400; step++) {
    seed = (seed * 48_271) % 2_147_483_647;
    const length = 20 + (seed % 180);
    const blocks = Array.from({ length: 60 }, (_, i) => pool.get(length * 256 * (1 + (i % 7)) * (i % 5 === 0 ? length / 16 : 4)));
    largest = Math.max(largest, pool.liveBytes);
    for (const [i, block] of blocks.entries()) if (i % 2 === step % 2) pool.put(block);
    for (const [i, block] of blocks.entries()) if (i % 2 !== step % 2) pool.put(block);
    t.is(pool.liveBytes, 0);
  }
  t.true(library.taken < 1.2 * largest, `${library.taken / largest} times the largest step`);
});

test('when the system has no more, free neighbours are joined and what is left over stays usable', (t) => {
  const pool = new MemoryPool(libraryOf(64 * 1024));
  const small = Array.from({ length: 16 }, () => pool.get(4096));
  for (const block of small) pool.put(block);
  const large = pool.get(40 * 1024);
  t.is(pool.liveBytes, large.bytes);
  t.notThrows(() => pool.get(16 * 1024));
});

test('out of memory names what was asked for and what is in use', (t) => {
  const pool = new MemoryPool(libraryOf(1 << 20));
  pool.get(600_000);
  pool.asking = 'linear';
  const error = t.throws(() => pool.get(900_000, [225, 1000]), { code: 'memory/out' } as object);
  t.regex(error!.message, /^linear: no memory for a tensor \[225,1000\] of 900,000 bytes \(1 MB\) more: [\d,]+ bytes \(1 MB\) are in use/);
});
