import test from 'ava';
import { decode } from './decode.js';
import type { DecodeRequest } from './options.js';
import { resolveDecode } from './options.js';
import { allSequences, nameOf, prefixScorer, randomLanguage } from './prefix-scorer.test-support.js';

const size = 4;
const language = randomLanguage(size, 5, 1);
const request = (over: Partial<DecodeRequest> = {}): DecodeRequest => ({ examples: 1, startId: 0, endIds: [1], ...over });

/** Sum of (observed - expected)^2 / expected over the names that were expected. */
const chiSquare = (counts: ReadonlyMap<string, number>, expected: ReadonlyMap<string, number>): number =>
  [...expected].reduce((sum, [name, count]) => sum + ((counts.get(name) ?? 0) - count) ** 2 / count, 0);

test('sequences are drawn as often as they are likely', async (t) => {
  const draws = 8000;
  const options = { sample: true, nBest: draws, maxLength: 3, seed: 3 };
  const [written] = await decode(prefixScorer(size, language, [0]), options, request());
  const counts = new Map<string, number>();
  for (const one of written!) counts.set(nameOf(one), (counts.get(nameOf(one)) ?? 0) + 1);
  const all = allSequences(resolveDecode(options), request(), language, 0, 3);
  const expected = new Map(all.map((one) => [nameOf(one), draws * Math.exp(one.sum)]));
  t.is(expected.size, 1 + 3 + 9 * 4);
  t.true([...counts.keys()].every((name) => expected.has(name)));
  // 39 degrees of freedom: standard deviation 8.8
  const distance = chiSquare(counts, expected);
  t.true(distance < 39 + 4 * 8.8, String(distance));
});

test('a temperature and cuts change what is drawn, not what it is said to be worth', async (t) => {
  const draws = 6000;
  const first = [...language(0, [])];
  const run = async (options: object): Promise<number[]> => {
    const [written] = await decode(prefixScorer(size, language, [0]), { ...options, sample: true, nBest: draws, maxLength: 1 }, request());
    const counts = new Array<number>(size).fill(0);
    const worth = first.map((value) => value - Math.log(first.reduce((sum, other) => sum + Math.exp(other), 0)));
    for (const { ids, steps } of written!) {
      const id = ids[0] ?? 1;
      counts[id]! += 1;
      t.true(Math.abs(steps[0]! - worth[id]!) < 1e-6);
    }
    return counts;
  };
  const shares = (temperature: number, keep: readonly number[]): number[] => {
    const weights = first.map((value, id) => (keep.includes(id) ? Math.exp(value / temperature) : 0));
    const sum = weights.reduce((a, b) => a + b, 0);
    return weights.map((weight) => weight / sum);
  };
  const order = [...first.keys()].sort((a, b) => first[b]! - first[a]!);
  const cases: [object, number[]][] = [
    [{ temperature: 2 }, shares(2, order)],
    [{ temperature: 0.5, topK: 2 }, shares(0.5, order.slice(0, 2))],
    [{ topP: 1e-9 }, shares(1, order.slice(0, 1))],
    [{ minP: 1 }, shares(1, order.slice(0, 1))],
  ];
  for (const [options, expected] of cases) {
    const counts = await run(options);
    expected.forEach((share, id) => {
      const tolerance = 4 * Math.sqrt((share * (1 - share)) / draws);
      t.true(Math.abs(counts[id]! / draws - share) <= tolerance, `${JSON.stringify(options)} ${id}: ${counts[id]! / draws} ${share}`);
    });
  }
});

test('a seed and a name give the same draws, today and next year', async (t) => {
  const draw = async (seed: number, names: number[]) => {
    // every example has the same language, so that only the stream tells them apart
    const scorer = prefixScorer(size, (_, written) => language(0, written), names);
    const written = await decode(
      scorer,
      { sample: true, nBest: 2, maxLength: 12, minLength: 12 - 1, seed },
      request({ examples: names.length, names }),
    );
    return written.map((list) => list.map(({ ids }) => ids.join('')).sort());
  };
  const [five, six] = await draw(1, [5, 6]);
  t.deepEqual(await draw(1, [6]), [six]);
  t.notDeepEqual(five, six);
  t.notDeepEqual(await draw(2, [5]), [five]);
  t.deepEqual(five, ['32020230330', '322002203320']);
});
