import test from 'ava';
import fc from 'fast-check';
import { decode } from './decode.js';
import type { DecodeOptions, DecodeRequest } from './options.js';
import { prefixScorer, randomLanguage } from './prefix-scorer.test-support.js';
import { constraints, request, size } from './search-cases.test-support.js';

test('no sequence breaks its constraints, by whatever search', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      constraints,
      fc.constantFrom({ beam: 1 }, { beam: 4, nBest: 4 }, { sample: true, nBest: 4 }, { beam: 4, nBest: 2, groups: 4 }),
      async (seed, limits, search) => {
        const asked = request({ endIds: [1, 3], never: [0], suppressed: [[4, 2]], prefixes: [[2, 4]] });
        const [written] = await decode(
          prefixScorer(size, randomLanguage(size, seed, 1), [0]),
          { ...limits, ...search, maxLength: 7 },
          asked,
        );
        t.true(written!.length > 0);
        for (const { ids, ended } of written!) {
          const name = ids.join(' ');
          t.true(ids.length <= (ended ? 6 : 7), name);
          t.true(ended || ids.length === 7 || limits.noRepeat !== undefined, name);
          t.deepEqual(ids.slice(0, 2), [2, 4]);
          t.false(ids.includes(0) || ids.includes(1) || ids.includes(3), name);
          t.false(name.includes('4 2'), name);
          if (ended) t.true(ids.length >= (limits.minLength ?? 0));
          const n = limits.noRepeat;
          if (n === undefined) continue;
          const runs = ids.slice(0, ids.length - n + 1).map((_, i) => ids.slice(i, i + n).join(' '));
          t.is(new Set(runs).size, runs.length, name);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('where nothing more is allowed, what was written so far is the result', async (t) => {
  for (const options of [{ beam: 1 }, { beam: 3 }, { beam: 4, groups: 2 }, { sample: true }]) {
    const [written] = await decode(
      prefixScorer(3, randomLanguage(3, 1), [0]),
      { ...options, noRepeat: 1, maxLength: 9 },
      request({ endIds: [], never: [0] }),
    );
    t.deepEqual(written![0]!.ids.toSorted(), [1, 2]);
    t.false(written![0]!.ended);
  }
});

test('an end that is forced costs nothing and comes at the longest length', async (t) => {
  for (const options of [{ beam: 1 }, { beam: 3, nBest: 3 }]) {
    const asked = request({ suppressed: [] });
    const [written] = await decode(
      prefixScorer(size, randomLanguage(size, 2), [0]),
      { ...options, maxLength: 5, minLength: 4, forceEnd: true },
      asked,
    );
    for (const { ids, ended, steps } of written!) {
      t.is(ids.length, 4);
      t.true(ended);
      t.is(steps.at(-1), 0);
    }
  }
});

test('a decoding that is interrupted ends with the reason', async (t) => {
  for (const options of [{ beam: 1 }, { beam: 2 }]) {
    const controller = new AbortController();
    const scorer = prefixScorer(size, randomLanguage(size, 1), [0]);
    const advance = scorer.advance;
    scorer.advance = (last) => {
      if (scorer.rows.length === 2) controller.abort(new Error('enough'));
      return advance(last);
    };
    await t.throwsAsync(decode(scorer, { ...options, minLength: 10 }, request({ signal: controller.signal })), { message: 'enough' });
    t.is(scorer.rows.length, 3);
  }
});

test('options, ids and logits that cannot be are said', async (t) => {
  const scorer = () => prefixScorer(size, randomLanguage(size, 1), [0]);
  const says = async (options: DecodeOptions, over: Partial<DecodeRequest>, message: RegExp) =>
    t.throwsAsync(async () => decode(scorer(), options, request(over)), { name: 'AnyformerError', message });
  await says({ beam: 2, nBest: 3 }, {}, /3 best of a beam of 2/);
  await says({ beam: 4, groups: 3 }, {}, /4 in 3 groups/);
  await says({ minLength: 9, maxLength: 9 }, {}, /minLength 9 with maxLength 9/);
  await says({ topP: 2 }, {}, /topP/);
  await says({ beem: 2 } as DecodeOptions, {}, /beem/);
  await says({}, { endIds: [5] }, /end id 5; accepted: an id of 0 … 4/);
  await says({}, { suppressed: [[1, -1]] }, /forbidden id -1/);
  await says({}, { prefixes: [[7]] }, /forced id 7/);
  const broken = { ...scorer(), advance: () => new Float32Array([1, 2, Number.NaN, 0, 0]) };
  await t.throwsAsync(decode(broken, {}, request()), { message: /NaN or infinite/ });
  await t.throwsAsync(decode({ ...broken, advance: () => new Float32Array(3) }, { beam: 2 }, request()), { message: /3 logits/ });
  t.deepEqual(await decode(scorer(), {}, request({ examples: 0 })), []);
});
