import test from 'ava';
import fc from 'fast-check';
import { Top } from './top.js';

test('the best few of many numbers are those a stable sort puts first', (t) => {
  const numbers = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true })), { maxLength: 60 });
  fc.assert(
    fc.property(numbers, fc.integer({ min: 1, max: 20 }), (values, capacity) => {
      const top = new Top(capacity);
      for (let again = 0; again < 2; again++) {
        top.clear();
        values.forEach((value, key) => {
          top.add(value, key);
        });
        const expected = Array.from(values, (value, key) => ({ value, key }))
          .filter(({ value }) => value > Number.NEGATIVE_INFINITY)
          .sort((a, b) => (a.value < b.value ? 1 : a.value > b.value ? -1 : a.key - b.key))
          .slice(0, capacity);
        const floor = top.length < capacity ? Number.NEGATIVE_INFINITY : expected.at(-1)!.value;
        t.is(top.floor, floor);
        top.sort();
        t.deepEqual(
          Array.from({ length: top.length }, (_, i) => ({ value: top.values[i]!, key: top.keys[i]! })),
          expected,
        );
      }
    }),
  );
});

test('what is no number never gets in', (t) => {
  const top = new Top(2);
  top.add(Number.NaN, 0);
  top.add(Number.NEGATIVE_INFINITY, 1);
  t.is(top.length, 0);
});
