import type { Generated } from '@anyformer/core';
import test from 'ava';
import { englishGermanPairs, pronounAccuracy } from './english-german.js';
import type { Pair, PairSource } from './pair.js';

const read = async (source: PairSource, split: string, epoch = 0, index = 0): Promise<Pair[]> => {
  const pairs: Pair[] = [];
  for await (const pair of source.examples(split, { epoch, index, seed: 5 })) pairs.push(pair);
  return pairs;
};

test('each epoch brings new pairs, and can be taken up anywhere', async (t) => {
  const source = englishGermanPairs({ level: 1, pairs: 40, pronouns: 0.3, seed: 3 });
  const first = await read(source, 'train');
  t.is(first.length, 40);
  t.deepEqual(await read(source, 'train'), first);
  t.notDeepEqual(await read(source, 'train', 1), first);
  for (const index of [0, 1, 17, 39, 40]) t.deepEqual(await read(source, 'train', 0, index), first.slice(index));
  await t.throwsAsync(() => read(source, 'dev'), { code: 'data/unknown-split', message: /train, valid, test/ });
});

test('what is trained on occurs in no other split, whatever share of pronouns is asked for', async (t) => {
  const source = englishGermanPairs({ level: 1, pairs: 3000, pronouns: 0.5, seed: 1 });
  const train = await read(source, 'train');
  const withPronoun = train.filter(({ about }) => (about as { kind: string }).kind === 'pronoun').length;
  t.true(Math.abs(withPronoun / 3000 - 0.5) < 0.04, `${withPronoun} of 3000 have a pronoun`);
  const seen = new Set(train.map((pair) => pair.source));
  for (const split of ['valid', 'test']) {
    const pairs = await read(source, split);
    t.is(pairs.length, source.size!(split)!);
    t.false(pairs.some((pair) => seen.has(pair.source)));
  }
});

test('pronoun accuracy counts the sentences whose pronoun must be resolved, and nothing else', (t) => {
  const metric = pronounAccuracy();
  t.true(Number.isNaN(metric.result()));
  const see = (hypothesis: string, pronoun?: string): void =>
    metric.add({
      raw: { source: '', target: '', about: { kind: 'x', ...(pronoun && { pronoun: { pronoun } }) } },
      hypothesis,
    } as Generated<Pair>);
  see('Das Tier hat die Straße nicht überquert, weil es zu müde war.', 'es');
  see('Das Tier hat die Straße nicht überquert, weil sie zu müde war.', 'es');
  see('Die Ziege schläft.', 'sie');
  see('Irgendetwas, weil er es sagt.');
  t.is(metric.result(), 1 / 3);
  t.deepEqual(metric.details?.(), { right: 1, sentences: 3 });
});
