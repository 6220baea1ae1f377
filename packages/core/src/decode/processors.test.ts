import { readFileSync } from 'node:fs';
import { testWithShared } from '@anyformer/oracles';
import test from 'ava';
import fc from 'fast-check';
import { forceEnd, forcePrefix, minLength, noRepeat, type Processor, repetitionPenalty, suppress } from './processors.js';
import { minP, temperature, topK, topP, typicalP } from './warpers.js';

const never = Number.NEGATIVE_INFINITY;

const known: Readonly<Record<string, (options: any, written: number) => Processor>> = {
  temperature: ({ temperature: value }) => temperature(value),
  top_k: ({ top_k }) => topK(top_k),
  top_p: ({ top_p }) => topP(top_p),
  min_p: ({ min_p }) => minP(min_p),
  typical: ({ mass }) => typicalP(mass),
  repetition_penalty: ({ penalty }) => repetitionPenalty(penalty),
  no_repeat_ngram: ({ size }) => noRepeat(size),
  min_length: ({ min_length, eos }) => minLength(min_length, [eos]),
  bad_words: ({ bad_words }) => suppress(bad_words),
  forced_eos: ({ max_length, eos }) => forceEnd(max_length, eos),
};

const oracle = ['data/fixtures/training/logits-processors.json'];
testWithShared(test, 'processors do what those of transformers 5.23 do, to float32', oracle, (t, file = '') => {
  const { ids, scores, cases } = JSON.parse(readFileSync(file, 'utf8'));
  t.is(cases.length, 13);
  for (const { processor, options, scores: expected } of cases)
    for (const [row, written] of ids.entries()) {
      const values = Float64Array.from(scores[row]);
      known[processor]!(options, written.length)(values, written);
      values.forEach((value, id) => {
        const given = expected[row][id];
        const name = `${processor} ${JSON.stringify(options)} row ${row} id ${id}: ${value}, ${given}`;
        t.true(given === null ? value === never : Math.abs(value - given) < 1e-6, name);
      });
    }
});

const logits = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 300 });
const kept = (values: Float64Array): number[] => [...values.keys()].filter((id) => values[id]! > never);
const probabilities = (values: readonly number[]): number[] => {
  const largest = Math.max(...values);
  const sum = values.reduce((total, value) => total + Math.exp(value - largest), 0);
  return values.map((value) => Math.exp(value - largest) / sum);
};

test('top-k, top-p, min-p and typical keep what their definitions name and change nothing else', (t) => {
  fc.assert(
    fc.property(logits, fc.integer({ min: 1, max: 50 }), fc.double({ min: 0.01, max: 1, noNaN: true }), (given, count, share) => {
      const held = probabilities(given);
      const cases: [Processor, (id: number) => boolean | undefined][] = [
        [topK(count), (id) => given.filter((value) => value > given[id]!).length < count],
        [minP(share), (id) => undecided(held[id]! / Math.max(...held), share)],
        // in, if the strictly likelier ones fall short of the mass; out, if these and the equals before it do not
        [topP(share), (id) => massBefore(held, id, (p) => p, share)],
        [typicalP(share), (id) => massBefore(held, id, (p) => -Math.abs(-Math.log(p) - entropy(held)), share)],
      ];
      for (const [process, expected] of cases) {
        const values = Float64Array.from(given);
        process(values, []);
        t.true(kept(values).length > 0);
        for (const id of given.keys()) {
          const wanted = expected(id);
          if (wanted !== undefined) t.is(values[id], wanted ? given[id]! : never);
        }
      }
    }),
  );
});

/** Undefined where rounding decides. */
const undecided = (value: number, limit: number): boolean | undefined => (Math.abs(value - limit) < 1e-9 ? undefined : value > limit);
const entropy = (held: readonly number[]): number => held.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
const massBefore = (held: readonly number[], id: number, rank: (p: number) => number, mass: number): boolean | undefined => {
  const own = rank(held[id]!);
  let above = 0;
  for (const [other, p] of held.entries()) {
    if (other === id) continue;
    if (Math.abs(rank(p) - own) < 1e-9) return undefined;
    if (rank(p) > own) above += p;
  }
  return above === 0 ? true : undecided(mass, above);
};

test('a prefix leaves one id, which costs nothing, also where it was forbidden', (t) => {
  const values = Float64Array.of(-1, -2, never);
  forcePrefix([1, 2])(values, []);
  t.deepEqual([...values], [never, 0, never]);
  const again = Float64Array.of(-1, -2, never);
  forcePrefix([1, 2])(again, [1]);
  t.deepEqual([...again], [never, never, 0]);
  const after = Float64Array.of(-1, -2, -3);
  forcePrefix([1, 2])(after, [1, 2]);
  t.deepEqual([...after], [-1, -2, -3]);
});

test('runs that were written are the only ones that are forbidden', (t) => {
  const ids = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 12 });
  fc.assert(
    fc.property(ids, fc.integer({ min: 1, max: 4 }), (written, size) => {
      const values = new Float64Array(4);
      noRepeat(size)(values, written);
      const runs = new Set(written.slice(0, Math.max(0, written.length - size + 1)).map((_, i) => written.slice(i, i + size).join()));
      for (let id = 0; id < 4; id++) {
        const run = [...written, id].slice(-size);
        t.is(values[id] === never, run.length === size && runs.has(run.join()));
      }
    }),
  );
});

test('a processor that says that it leaves the likeliest id does so', (t) => {
  const ids = fc.integer({ min: 0, max: 5 });
  const list = fc.array(ids, { maxLength: 5 });
  const processors = fc.oneof(
    fc.double({ min: 0.5, max: 2, noNaN: true }).map(repetitionPenalty),
    fc.integer({ min: 1, max: 3 }).map(noRepeat),
    fc.tuple(fc.integer({ min: 0, max: 5 }), list).map(([length, ends]) => minLength(length, ends)),
    fc.array(fc.array(ids, { minLength: 1, maxLength: 3 }), { maxLength: 4 }).map(suppress),
    list.map(forcePrefix),
    fc.tuple(fc.integer({ min: 1, max: 6 }), ids).map(([longest, end]) => forceEnd(longest, end)),
  );
  const values = fc.array(fc.double({ min: -9, max: -0.01, noNaN: true }), { minLength: 6, maxLength: 6 });
  let left = 0;
  fc.assert(
    fc.property(processors, list, values, (process, written, list) => {
      const before = Float64Array.from(list);
      const best = before.indexOf(Math.max(...before));
      const after = before.slice();
      process(after, written);
      const stays = after.indexOf(Math.max(...after)) === best && after[best] === before[best];
      if (!process.leaves!(written, best)) return;
      left++;
      t.true(stays);
    }),
    { numRuns: 1000 },
  );
  t.true(left > 200, `${left} of 1000`);
});
