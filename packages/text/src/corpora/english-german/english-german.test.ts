import test from 'ava';
import { englishGerman, splitOf } from './english-german.js';
import { pronounIn } from './pronoun-sentences.js';
import { sentenceKinds } from './sentences.js';

for (const level of [1, 2] as const) {
  const corpus = englishGerman({ level, seed: 1 });

  test(`level ${level}: no held-out sentence is in 50,000 of training, and none is held out twice`, (t) => {
    const held = [...corpus.heldOut('test', 1000), ...corpus.heldOut('valid', 500)].map(({ english }) => english);
    t.is(new Set(held).size, held.length);
    const set = new Set(held);
    for (let i = 0; i < 50_000; i++) if (set.has(corpus.train(i).english)) t.fail(corpus.train(i).english);
    t.true(held.every((english) => english.length > 2));
  });

  test(`level ${level}: the German is a function of the English`, (t) => {
    const known = new Map<string, string>();
    for (let i = 0; i < 30_000; i++) {
      const { english, german } = corpus.train(i);
      const before = known.get(english);
      if (before !== undefined && before !== german) t.fail(`${english}: ${before} / ${german}`);
      known.set(english, german);
    }
    t.pass();
  });

  test(`level ${level}: every kind occurs, and pronouns are even between genders and roles`, (t) => {
    const pairs = Array.from({ length: 20_000 }, (_, i) => corpus.train(i));
    t.deepEqual([...new Set(pairs.map(({ kind }) => kind))].sort(), sentenceKinds(level).sort());
    const resolved = pairs.flatMap(({ pronoun }) => pronoun ?? []);
    t.true(resolved.length > 1500, `${resolved.length} pronoun sentences`);
    const share = (is: (one: (typeof resolved)[number]) => boolean): number => resolved.filter(is).length / resolved.length;
    for (const pronoun of ['er', 'sie', 'es']) {
      const part = share((one) => one.pronoun === pronoun);
      t.true(part > 0.25 && part < 0.42, `${pronoun}: ${part}`);
    }
    const ofSubject = share((one) => one.role === 'subject');
    t.true(ofSubject > 0.42 && ofSubject < 0.58, `subjects: ${ofSubject}`);
  });
}

test('the sentences that the corpus was made for are held out, with their pronouns', (t) => {
  const tired = { english: 'The animal did not cross the street because it was too tired.', german: '', kind: 'pronoun' as const };
  t.is(splitOf(tired), 'test');
  const corpus = englishGerman({ level: 1, seed: 1 });
  for (const { german, pronoun } of corpus.heldOut('test', 1000)) if (pronoun) t.is(pronounIn(german), pronoun.pronoun);
});

test('some combinations of noun and adjective are only held out', (t) => {
  const corpus = englishGerman({ level: 1, seed: 1 });
  const trained = new Set(Array.from({ length: 40_000 }, (_, i) => corpus.train(i).pronoun?.combination));
  const held = new Set(corpus.heldOut('test', 1000).flatMap(({ pronoun }) => pronoun?.combination ?? []));
  const unseen = [...held].filter((combination) => !trained.has(combination));
  t.true(unseen.length > 10, `${unseen.length} of ${held.size}`);
});

test('a sentence is the same whenever it is asked for, and there is no end', (t) => {
  const corpus = englishGerman({ level: 2, seed: 7 });
  const far = corpus.train(10_000_000);
  corpus.train(3);
  t.deepEqual(corpus.train(10_000_000), far);
  t.deepEqual(englishGerman({ level: 2, seed: 7 }).train(10_000_000), far);
  t.notDeepEqual(englishGerman({ level: 2, seed: 8 }).train(10_000_000), far);
});
