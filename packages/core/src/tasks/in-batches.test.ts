import test from 'ava';
import fc from 'fast-check';
import { inBatches } from './in-batches.js';

test('batches hold what is alike, within their limits, and results keep the order of the items', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 40 })),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 100 }),
      async (items, count, most) => {
        const seen: number[] = [];
        const results = await inBatches(
          items,
          { size: (item) => item, count, cost: { of: (item) => item, most } },
          async (batch, places) => {
            t.true(batch.length >= 1 && batch.length <= count);
            t.true(batch.length === 1 || batch.length * Math.max(...batch) <= most);
            t.deepEqual(
              places.map((place) => items[place]),
              [...batch],
            );
            seen.push(...batch);
            return batch.map((item, i) => `${item} at ${places[i]}`);
          },
        );
        t.deepEqual(
          results,
          items.map((item, i) => `${item} at ${i}`),
        );
        t.deepEqual(
          seen,
          items.toSorted((a, b) => a - b),
        );
      },
    ),
  );
});
