import test from 'ava';
import { shuffle } from './random.js';
import { seedOf } from './seed.js';
import { restoreStream, stream } from './stream.js';

/** Sum of (observed - expected)^2 / expected. */
const chiSquare = (counts: ArrayLike<number>, expected: number): number =>
  Array.from(counts).reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);

test('draws are those of the published xoshiro128**', (t) => {
  const random = restoreStream('00000001000000020000000300000004');
  t.deepEqual(
    Array.from({ length: 8 }, () => random.integer(2 ** 32)),
    [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849],
  );
});

test('a stream belongs to its seed and its path', (t) => {
  const draw = (seed: number, ...path: (string | number)[]) => stream(seed, ...path).uniform();
  t.is(draw(1, 'a', 2), draw(1, 'a', 2));
  const others = [
    draw(1, 'a', 2),
    draw(2, 'a', 2),
    draw(1, 'a', '2'),
    draw(1, 'a2'),
    draw(1, 'a', 2, ''),
    draw(1, '', 'a', 2),
    draw(1, 2, 'a'),
  ];
  t.is(new Set(others).size, others.length);
  t.not(draw(1, 'ab', 'c'), draw(1, 'a', 'bc'));
  t.not(draw(1.5, 'a'), draw(1, 'a'));
});

test('a restored stream goes on where it stood, between the two normals of a pair too', (t) => {
  const random = stream(7, 'state');
  for (let i = 0; i < 5; i++) {
    random.normal();
    const again = restoreStream(random.state());
    t.deepEqual([again.normal(), again.uniform(), again.integer(10)], [random.normal(), random.uniform(), random.integer(10)]);
  }
  const error = t.throws(() => restoreStream('12'));
  t.regex(error!.message, /restoreStream/);
});

test('uniform numbers are spread evenly, in their low bits too', (t) => {
  const random = stream(3, 'uniform');
  const high = new Float64Array(256);
  const low = new Float64Array(256);
  let sum = 0;
  const n = 200_000;
  for (let i = 0; i < n; i++) {
    const x = random.uniform();
    if (!(x >= 0 && x < 1)) t.fail(String(x));
    sum += x;
    high[Math.floor(x * 256)]!++;
    low[Number(BigInt(x * 2 ** 53) & 255n)]!++;
  }
  t.true(Math.abs(sum / n - 0.5) < 4 * Math.sqrt(1 / 12 / n));
  // 255 degrees of freedom: mean 255, standard deviation 22.6
  t.true(Math.abs(chiSquare(high, n / 256) - 255) < 100);
  t.true(Math.abs(chiSquare(low, n / 256) - 255) < 100);
});

test('normal numbers have the moments and the tails of a normal', (t) => {
  const random = stream(4, 'normal');
  const n = 200_000;
  let [first, second, third, fourth, tail] = [0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const x = random.normal();
    first += x / n;
    second += x ** 2 / n;
    third += x ** 3 / n;
    fourth += x ** 4 / n;
    if (Math.abs(x) > 2) tail += 1 / n;
  }
  t.true(Math.abs(first) < 0.01);
  t.true(Math.abs(second - 1) < 0.015);
  t.true(Math.abs(third) < 0.03);
  t.true(Math.abs(fourth - 3) < 0.1);
  t.true(Math.abs(tail - 0.0455) < 0.002);
});

test('streams of neighbouring seeds and paths are unrelated', (t) => {
  const n = 20_000;
  const seeds = Array.from({ length: n }, (_, seed) => stream(seed).uniform());
  const paths = Array.from({ length: n }, (_, i) => stream(1, 'x', i).uniform());
  for (const draws of [seeds, paths]) {
    const counts = new Float64Array(100);
    for (const x of draws) counts[Math.floor(x * 100)]!++;
    // 99 degrees of freedom: standard deviation 14
    t.true(Math.abs(chiSquare(counts, n / 100) - 99) < 60);
    let correlation = 0;
    for (let i = 1; i < n; i++) correlation += ((draws[i]! - 0.5) * (draws[i - 1]! - 0.5) * 12) / n;
    t.true(Math.abs(correlation) < 4 / Math.sqrt(n));
  }
});

test('one bit of seed or path moves half of the bits of seedOf', (t) => {
  const bits = (x: number): number => {
    let count = 0;
    for (let rest = x >>> 0; rest !== 0; rest &= rest - 1) count++;
    return count;
  };
  const flips = new Float64Array(32);
  let moved = 0;
  const n = 2000;
  for (let i = 0; i < n; i++) {
    const base = seedOf(i, 'layer', i);
    for (const other of [seedOf(i ^ (1 << (i % 20)), 'layer', i), seedOf(i, 'layes', i), seedOf(i, 'layer', i ^ (1 << (i % 20)))]) {
      const difference = base ^ other;
      moved += bits(difference);
      for (let bit = 0; bit < 32; bit++) flips[bit]! += (difference >>> bit) & 1;
    }
  }
  t.true(Math.abs(moved / (3 * n) - 16) < 0.2);
  for (const flip of flips) t.true(Math.abs(flip / (3 * n) - 0.5) < 0.04);
  t.true(Number.isInteger(seedOf(1)) && seedOf(1) >= 0 && seedOf(1) < 2 ** 32);
  t.is(new Set(Array.from({ length: 5000 }, (_, i) => seedOf(1, 'dropout', i))).size, 5000);
});

test('integers are unbiased and a range that is none is an error', (t) => {
  const random = stream(5);
  const counts = new Float64Array(7);
  for (let i = 0; i < 70_000; i++) counts[random.integer(7)]!++;
  t.true(chiSquare(counts, 10_000) < 25);
  // a third of 2^32 values would be drawn twice as often if the rest were not refused
  const wide = 3 * 2 ** 30;
  let below = 0;
  for (let i = 0; i < 30_000; i++) if (random.integer(wide) < 2 ** 30) below++;
  t.true(Math.abs(below / 30_000 - 1 / 3) < 0.015);
  for (const n of [0, -1, 1.5, Number.NaN, 2 ** 33]) t.throws(() => random.integer(n), { message: /whole number/ });
});

test('shuffling reaches every order equally often and works on typed arrays', (t) => {
  const random = stream(6, 'shuffle');
  const counts = new Map<string, number>();
  for (let i = 0; i < 24_000; i++) {
    const order = shuffle([0, 1, 2, 3], random).join('');
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  t.is(counts.size, 24);
  t.true(chiSquare([...counts.values()], 1000) < 60);
  t.deepEqual([...shuffle(new Int32Array([5, 1, 3]), random)].sort(), [1, 3, 5]);
});
