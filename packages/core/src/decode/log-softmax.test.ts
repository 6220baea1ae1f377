import test from 'ava';
import fc from 'fast-check';
import { expNegative, logSoftmax } from './log-softmax.js';

test('the fast exponential is the exponential, to 4.1e-11 of it', (t) => {
  fc.assert(
    fc.property(fc.double({ min: -700, max: 0, noNaN: true }), (x) => {
      t.true(Math.abs(expNegative(x) / Math.exp(x) - 1) < 4.1e-11, String(x));
    }),
    { numRuns: 5000 },
  );
  for (const x of [-746, -1e10, Number.NEGATIVE_INFINITY]) t.is(expNegative(x), 0);
  t.is(expNegative(0), 1);
  t.true(Number.isNaN(expNegative(Number.NaN)));
});

test('log-probabilities add up to 1, are at most 0, and are differences of logits', (t) => {
  const logits = fc.float32Array({ minLength: 1, maxLength: 60, min: -1000, max: 1000, noNaN: true });
  fc.assert(
    fc.property(logits, fc.integer({ min: 0, max: 3 }), (values, at) => {
      const padded = new Float32Array(values.length + at);
      padded.set(values, at);
      const row = new Float64Array(values.length);
      const shift = logSoftmax(padded, at, row);
      t.true(Math.abs(row.reduce((sum, value) => sum + Math.exp(value), 0) - 1) < 1e-10);
      row.forEach((value, i) => {
        t.true(value <= 0);
        t.is(value, values[i]! - shift);
      });
    }),
  );
});

test('what is no distribution has no finite shift', (t) => {
  const shift = (...logits: number[]): number => logSoftmax(Float32Array.from(logits), 0, new Float64Array(logits.length));
  const infinite = Number.POSITIVE_INFINITY;
  for (const logits of [
    [1, Number.NaN],
    [infinite, 1],
    [-infinite, -infinite],
  ])
    t.false(Number.isFinite(shift(...logits)));
  t.true(Number.isFinite(shift(-infinite, 2)));
});
