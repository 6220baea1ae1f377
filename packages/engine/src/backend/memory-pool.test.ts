import test from 'ava';
import type { Block, KernelLibrary } from './kernel-library.js';
import { MemoryPool } from './memory-pool.js';

/** A library with so much memory and no kernels. */
function libraryOf(bytes: number): KernelLibrary & { taken: number } {
  const library = {
    taken: 0,
    joins: true,
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

test('no block is more than an eighth larger than asked for', (t) => {
  const pool = new MemoryPool(libraryOf(2 ** 40));
  for (const bytes of [513, 1000, 4097, 65_537, 1_000_001, 123_456_789, 3_000_000_000]) t.true(pool.get(bytes).bytes <= bytes * 1.125 + 64);
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
  const error = t.throws(() => pool.get(900_000), { code: 'memory/out' } as object);
  t.regex(error!.message, /1 MB more .* 1 MB in use/);
});
