import test from 'ava';
import { collectGarbage } from './collect-garbage.js';

test('what nobody refers to any more is given back at once', (t) => {
  let numbers: number[][] | undefined = Array.from({ length: 40 }, () => Array.from({ length: 100_000 }, (_, i) => i + 0.5));
  collectGarbage();
  const { heapUsed } = process.memoryUsage();
  t.is(numbers.length, 40);
  numbers = undefined;
  collectGarbage();
  t.true(process.memoryUsage().heapUsed < heapUsed - 25e6);
});
