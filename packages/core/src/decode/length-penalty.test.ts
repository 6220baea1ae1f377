import test from 'ava';
import fc from 'fast-check';
import { averagePenalty, bestReachable, gnmtPenalty } from './length-penalty.js';

test('penalties are those of the papers', (t) => {
  t.is(gnmtPenalty(0)(17), 1);
  t.is(gnmtPenalty(1)(7), 2);
  t.true(Math.abs(gnmtPenalty(0.6)(13) - 3 ** 0.6) < 1e-12);
  t.is(averagePenalty(1)(8), 8);
  t.is(averagePenalty(0.5)(16), 4);
});

test('nothing that can follow beats the bound, and an end of probability 1 reaches it', (t) => {
  fc.assert(
    fc.property(
      fc.double({ min: -50, max: 0, noNaN: true }),
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 0, max: 30 }),
      fc.double({ min: -2, max: 2, noNaN: true }),
      fc.constantFrom(gnmtPenalty, averagePenalty),
      fc.double({ min: 0, max: 20, noNaN: true }),
      (sum, shortest, more, alpha, kind, loss) => {
        const penalty = kind(alpha);
        const bound = bestReachable(sum, shortest, shortest + more, penalty);
        const scores = Array.from({ length: more + 1 }, (_, i) => (sum - loss) / penalty(shortest + i));
        const free = Array.from({ length: more + 1 }, (_, i) => sum / penalty(shortest + i));
        const slack = 1e-12 * Math.abs(bound);
        t.true(Math.max(...scores) <= bound + slack);
        t.true(Math.abs(Math.max(...free) - bound) <= slack);
      },
    ),
  );
});
