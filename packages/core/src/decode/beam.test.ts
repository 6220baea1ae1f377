import test from 'ava';
import fc from 'fast-check';
import { beamSearch } from './beam.js';
import { decode } from './decode.js';
import { resolveDecode } from './options.js';
import { allSequences, nameOf, prefixScorer, randomLanguage, slowBeam } from './prefix-scorer.test-support.js';
import { agrees, constraints, demands, penalties, ranked, request, size } from './search-cases.test-support.js';
import { stepwise } from './stepwise.js';

test('a beam as wide as the space finds the optimum and the exact n best, under every penalty and constraint', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), penalties, constraints, demands, fc.integer({ min: 1, max: 8 }), async (seed, a, b, c, nBest) => {
      const options = { ...a, ...b, beam: 800, nBest, maxLength: 4 };
      const asked = request(c);
      const language = randomLanguage(size, seed);
      const all = allSequences(resolveDecode(options), asked, language, 0, 4);
      const [written] = await decode(prefixScorer(size, language, [0]), options, asked);
      return agrees(written!, ranked(all, options, nBest));
    }),
    { numRuns: 150 },
  );
  t.pass();
});

test('behind a prefix sequences compete by what they add to it, over the length of the whole', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      penalties,
      fc.array(fc.constantFrom(0, 2, 3, 4), { minLength: 1, maxLength: 3 }),
      fc.constantFrom({ beam: 800 }, { beam: 3 }, { beam: 1, stopping: 'first' as const }),
      async (seed, penalty, prefix, width) => {
        const language = randomLanguage(size, seed);
        // The same words where the prefix is behind us: nothing is forced there.
        const after: typeof language = (example, written) => language(example, [...prefix, ...written]);
        const longest = width.beam === 800 ? 4 : 12;
        const options = { ...penalty, ...width, nBest: Math.min(width.beam, 3), maxLength: longest };
        const config = resolveDecode(options);
        const find = width.beam === 800 ? allSequences : slowBeam;
        const left = find(config, request(), after, 0, longest - prefix.length);
        const expected = left
          .slice(0, width.beam === 1 ? 1 : left.length)
          .map(({ ids, length, ...rest }) => ({ ...rest, ids: [...prefix, ...ids], length: length + prefix.length }));
        const [written] = await decode(prefixScorer(size, language, [0]), options, request({ prefixes: [prefix] }));
        return (
          written!.every(({ steps }) => steps.slice(0, prefix.length).every((step) => step === 0)) &&
          agrees(written!, ranked(expected, options, options.nBest))
        );
      },
    ),
    { numRuns: 200 },
  );
  t.pass();
});

test('stopping is proven: the result is that of a search that never stops early, and it stops early', async (t) => {
  let steps = 0;
  let longest = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      penalties,
      constraints,
      fc.integer({ min: 2, max: 6 }),
      fc.double({ min: 0.5, max: 4, noNaN: true }),
      async (seed, a, b, beam, sharpness) => {
        const options = { ...a, ...b, beam, nBest: Math.min(beam, 3), maxLength: 10 };
        const language = randomLanguage(size, seed, sharpness);
        const scorer = prefixScorer(size, language, [0]);
        const [written] = await decode(scorer, options, request());
        steps += scorer.rows.length;
        longest += 10;
        const finished = slowBeam(resolveDecode(options), request(), language, 0, 10);
        return agrees(written!, ranked(finished, options, options.nBest));
      },
    ),
    { numRuns: 300 },
  );
  t.true(steps < 0.9 * longest, `${steps} of ${longest} steps`);
});

test('stopping at the first ends is quicker and can miss what wins', async (t) => {
  let better = 0;
  let saved = 0;
  for (let seed = 0; seed < 60; seed++) {
    const language = randomLanguage(size, seed, 1);
    const search = async (stopping: 'proven' | 'first') => {
      const scorer = prefixScorer(size, language, [0]);
      const [[best] = []] = await decode(
        scorer,
        { beam: 3, nBest: 3, maxLength: 12, lengthPenalty: 1, lengthPenaltyKind: 'average', stopping },
        request(),
      );
      return { score: best!.score, steps: scorer.rows.length };
    };
    const [proven, first] = [await search('proven'), await search('first')];
    t.true(first.score <= proven.score && first.steps <= proven.steps);
    if (first.score < proven.score) better += 1;
    saved += proven.steps - first.steps;
  }
  t.true(better > 0 && saved > 0, `${better} better, ${saved} steps saved`);
});

test('a sentence gets the same result alone, in any batch and in any order', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      fc.uniqueArray(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 8 }),
      fc.constantFrom(
        { beam: 1 },
        { beam: 4, nBest: 2 },
        { beam: 4, nBest: 4, groups: 2 },
        { sample: true, nBest: 3, topK: 4, temperature: 1.3 },
      ),
      async (seed, names, options) => {
        const language = randomLanguage(size, seed);
        const shared = { ...options, maxLength: 8 };
        const maxLengths = names.map((name) => 3 + (name % 5));
        const prefixes = names.map((name) => (name % 3 === 0 ? [2] : undefined));
        const together = await decode(
          prefixScorer(size, language, names),
          shared,
          request({ examples: names.length, names, maxLengths, prefixes }),
        );
        for (const [i, name] of names.entries()) {
          const alone = await decode(
            prefixScorer(size, language, [name]),
            shared,
            request({ names: [name], maxLengths: [maxLengths[i]!], prefixes: [prefixes[i]] }),
          );
          t.deepEqual(together[i], alone[0]);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('sentences that are done leave the batch', async (t) => {
  const names = Array.from({ length: 12 }, (_, i) => i);
  for (const options of [{ beam: 1 }, { beam: 3, lengthPenalty: 0 }]) {
    const scorer = prefixScorer(size, randomLanguage(size, 7), names);
    await decode(scorer, { ...options, maxLength: 20 }, request({ examples: names.length }));
    const rows = scorer.rows.slice(1);
    t.is(scorer.rows[0], names.length);
    t.deepEqual(
      rows,
      rows.toSorted((a, b) => b - a),
    );
    t.true(rows.at(-1)! < rows[0]! / 2, rows.join(' '));
  }
});

test('greedy is a beam of one that stops at its first end', async (t) => {
  for (let seed = 0; seed < 40; seed++) {
    const language = randomLanguage(size, seed);
    const config = resolveDecode({ beam: 1, stopping: 'first', maxLength: 9, noRepeat: 2, minLength: 2 });
    const asked = request({ examples: 3 });
    const greedy = await stepwise(prefixScorer(size, language, [0, 1, 2]), config, asked);
    const beam = await beamSearch(prefixScorer(size, language, [0, 1, 2]), config, asked);
    t.true(
      beam.every(([one], i) =>
        agrees(
          [one!],
          greedy[i]!.map((given) => ({ name: nameOf(given), score: given.score, sum: given.logProbability })),
        ),
      ),
    );
  }
});

test('groups differ: each takes what earlier ones did not, and 0 diversity makes them one beam', async (t) => {
  const language = randomLanguage(8, 3, 1);
  const firsts = async (diversity: number): Promise<number> => {
    const options = { beam: 4, groups: 4, nBest: 4, maxLength: 6, minLength: 5, diversity };
    const [written] = await decode(prefixScorer(8, language, [0]), options, request());
    return new Set(written!.map(({ ids }) => ids[0])).size;
  };
  t.is(await firsts(100), 4);
  t.is(await firsts(0), 1);
  const plain = await decode(prefixScorer(8, language, [0]), { beam: 2, nBest: 2, maxLength: 6 }, request());
  const twice = await decode(prefixScorer(8, language, [0]), { beam: 4, groups: 2, diversity: 0, nBest: 2, maxLength: 6 }, request());
  t.deepEqual(twice, plain);
});
