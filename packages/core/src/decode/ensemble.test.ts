import test from 'ava';
import { decode } from './decode.js';
import { ensemble } from './ensemble.js';
import { logSoftmax } from './log-softmax.js';
import { prefixScorer, randomLanguage } from './prefix-scorer.test-support.js';

const size = 6;
const names = [0, 1, 2];
const request = { examples: names.length, startId: 0, endIds: [1] };
const options = { beam: 4, nBest: 3, maxLength: 8 };
const scorer = (seed: number) => prefixScorer(size, randomLanguage(size, seed), names);

for (const mean of ['probabilities', 'log-probabilities'] as const) {
  test(`two alike are as one, by ${mean}`, async (t) => {
    const one = await decode(scorer(1), options, request);
    const two = await decode(ensemble([scorer(1), scorer(1)], mean), options, request);
    t.deepEqual(
      two.map((list) => list.map(({ ids }) => ids)),
      one.map((list) => list.map(({ ids }) => ids)),
    );
    for (const [i, list] of two.entries()) for (const [j, { score }] of list.entries()) t.true(Math.abs(score - one[i]![j]!.score) < 1e-5);
  });

  test(`the mean of ${mean} is what it says, and the order of the members is nothing`, async (t) => {
    const seeds = [1, 2, 3];
    const values = async (order: number[]) =>
      Float32Array.from(await ensemble(order.map(scorer), mean).advance(new Int32Array(names.length)));
    const joint = await values(seeds);
    t.deepEqual(await values([1, 2, 3]), joint);
    const turned = await values([3, 1, 2]);
    const rows = seeds.map((seed) =>
      names.map((name) => {
        const row = new Float64Array(size);
        logSoftmax(randomLanguage(size, seed)(name, []), 0, row);
        return row;
      }),
    );
    for (const row of names.keys())
      for (let id = 0; id < size; id++) {
        const each = rows.map((member) => member[row]![id]!);
        const expected =
          mean === 'probabilities'
            ? Math.log(each.reduce((sum, value) => sum + Math.exp(value), 0) / 3)
            : each.reduce((sum, value) => sum + value, 0) / 3;
        t.true(Math.abs(joint[row * size + id]! - expected) < 1e-5);
        t.true(Math.abs(turned[row * size + id]! - expected) < 1e-5);
      }
  });
}

test('the members of a vote agree on the sum: its log-probability is the mean of theirs', async (t) => {
  const joint = await decode(ensemble([scorer(1), scorer(2)], 'log-probabilities'), options, request);
  for (const [name, list] of joint.entries())
    for (const { ids, ended, logProbability } of list) {
      const written = ended ? [...ids, 1] : ids;
      const alone = [1, 2].map((seed) =>
        written.reduce((sum, id, i) => {
          const row = new Float64Array(size);
          logSoftmax(randomLanguage(size, seed)(name, written.slice(0, i)), 0, row);
          return sum + row[id]!;
        }, 0),
      );
      t.true(Math.abs(logProbability - (alone[0]! + alone[1]!) / 2) < 1e-5);
    }
});

test('members of different sizes, or none, are refused', (t) => {
  t.throws(() => ensemble([]), { message: /scorers of no ids/ });
  t.throws(() => ensemble([scorer(1), prefixScorer(3, randomLanguage(3, 1), names)]), { message: /6, 3 ids/ });
});
