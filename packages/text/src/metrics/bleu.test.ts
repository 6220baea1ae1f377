import { readFileSync } from 'node:fs';
import { testWithShared } from '@anyformer/oracles';
import test from 'ava';
import fc from 'fast-check';
import { Bleu, type BleuOptions, bleuOf, corpusBleu, type Smoothing, sentenceBleu } from './bleu.js';
import { Chrf } from './chrf.js';
import { tokenizers } from './tokenizers.js';

const near = (a: number, b: number, tolerance = 1e-9): boolean => Math.abs(a - b) <= tolerance;

const goldenFile = 'reference/samples/sacrebleu-golden.json';
testWithShared(test, 'the golden corpus of sacreBLEU, one and two references', [goldenFile], (t, file = '') => {
  const golden = JSON.parse(readFileSync(file, 'utf8'));
  const hyps: string[] = golden.hyps;
  t.deepEqual(
    golden.tok13a.map((words: string) => words.split(' ').filter(Boolean)),
    [...hyps, ...golden.refs[0]].slice(0, golden.tok13a.length).map((line: string) => tokenizers['13a'](line)),
  );
  for (const [suffix, sides] of [
    ['one', golden.refs.slice(0, 1)],
    ['two', golden.refs],
  ] as const) {
    const references = hyps.map((_, i) => (sides as string[][]).map((side) => side[i]!));
    const check = (key: string, options: BleuOptions): void => {
      const expected = golden[`${key}_${suffix}`];
      if (expected === undefined) return;
      const score = corpusBleu(hyps, references, options);
      t.true(near(score.score, typeof expected === 'number' ? expected : expected.score), `${key}_${suffix}`);
      if (typeof expected === 'number') return;
      t.deepEqual(
        [score.correct, score.total, score.hypothesisLength, score.referenceLength],
        [expected.counts, expected.totals, expected.sys_len, expected.ref_len],
      );
      t.true(near(score.brevityPenalty, expected.bp));
    };
    check('bleu', {});
    check('bleu_lc', { lowercase: true });
    // The smoothings were computed on the last three lines, which lack matches.
    for (const smoothing of ['none', 'floor', 'add-k', 'exp'] as const) {
      const expected = golden[`bleu_${smoothing}_${suffix}`];
      t.true(near(corpusBleu(hyps.slice(4), references.slice(4), { smoothing }).score, expected), `bleu_${smoothing}_${suffix}`);
    }
    const sentences = golden[`bleu_sent_${suffix}`];
    if (sentences) hyps.forEach((hyp, i) => t.true(near(sentenceBleu(hyp, references[i]!).score, sentences[i])));
    for (const [key, wordOrder] of [
      ['chrf', 0],
      ['chrfpp', 2],
      ['chrf++', 2],
    ] as const) {
      const expected = golden[`${key}_${suffix}`];
      if (expected === undefined) continue;
      const chrf = new Chrf({ wordOrder });
      hyps.forEach((hyp, i) => chrf.add(hyp, references[i]!));
      t.true(near(chrf.result(), expected), `${key}_${suffix}: ${chrf.result()}`);
    }
  }
});

testWithShared(test, 'the cases of sacreBLEU’s own tests', ['data/oracles/sacrebleu-cases.json'], (t, file = '') => {
  const { test_bleu: cases, test_sentence_bleu: sentences, test_chrf: chrf } = JSON.parse(readFileSync(file, 'utf8')).cases;
  const raw = (hyp: string[], refs: string[][], value: number): number =>
    corpusBleu(
      hyp,
      hyp.map((_, i) => refs.map((ref) => ref[i]!)),
      { tokenize: 'none', smoothing: 'floor', smoothingValue: value, effectiveOrder: true },
    ).score / 100;
  for (const key of ['test_raw_bleu_cases', 'test_case_effective_order'])
    for (const [hyp, refs, expected] of cases[key]) t.true(near(raw(hyp, refs, 0.01), expected, 1e-8), key);
  for (const [hyp, refs, without, withOffset] of cases.test_case_offset) {
    const [low, high] = [raw(hyp, refs, 0), raw(hyp, refs, 0.1)].sort((a, b) => a - b);
    const [a, b] = [without, withOffset].sort((x: number, y: number) => x - y);
    t.true(near(low!, a, 1e-8) && near(high!, b, 1e-8), `offset ${low} ${high}`);
  }
  for (const [method, value, lowercase, tokenize, score] of sentences.test_cases) {
    const options = { smoothing: method as Smoothing, lowercase, tokenize, ...(value !== null && { smoothingValue: value }) };
    t.true(near(sentenceBleu(sentences.SYS, [sentences.REF], options).score, score, sentences.EPSILON), `sentence ${method} ${tokenize}`);
  }
  const chrfOf = (hyp: string[], refs: string[][] | string[], options: object): number => {
    const metric = new Chrf({ wordOrder: 0, beta: 3, ...options });
    const sides = (Array.isArray(refs[0]) ? refs : [refs]) as string[][];
    hyp.forEach((line, i) =>
      metric.add(
        line,
        sides.map((side) => side[i]!),
      ),
    );
    return metric.result();
  };
  for (const [hyp, refs, expected] of chrf.test_cases)
    t.true(near(chrfOf(hyp, refs, { epsSmoothing: true }), expected, chrf.EPSILON), `chrf ${hyp}`);
  for (const [hyp, refs, expected] of chrf.test_cases_effective_order)
    t.true(near(chrfOf(hyp, refs, {}), expected, chrf.EPSILON), `chrf ${hyp}`);
  for (const [hyp, refs, expected] of chrf.test_cases_keep_whitespace)
    t.true(near(chrfOf(hyp, refs, { whitespace: true }), expected, chrf.EPSILON), `chrf ${hyp}`);
});

test('counts of no match and no words', (t) => {
  t.is(corpusBleu(['a b c d'], [['e f g h']]).score, 0);
  t.is(corpusBleu([''], [['e f g h']]).score, 0);
  t.is(corpusBleu(['a b c d e'], [['a b c d e']]).score, 100.00000000000004);
  t.is(bleuOf({ correct: [0, 0], total: [0, 0], hypothesisLength: 0, referenceLength: 3 }).brevityPenalty, 0);
});

test('words such as constructor are words', (t) => {
  t.true(near(sentenceBleu('constructor toString __proto__ valueOf', ['constructor toString __proto__ valueOf']).score, 100, 1e-9));
});

test('a signature says what was counted', (t) => {
  const bleu = new Bleu({ tokenize: 'intl', lowercase: true, smoothing: 'floor' });
  bleu.add('a', ['a', 'b']);
  t.is(bleu.signature, 'nrefs:2|case:lc|eff:no|tok:intl|smooth:floor[0.10]|version:2.6.0');
  t.is(new Chrf({ wordOrder: 2 }).signature, 'nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no|version:2.6.0');
});

test('a sentence against itself is perfect, and more references never hurt', (t) => {
  const sentence = fc
    .array(fc.constantFrom('the', 'cat', 'sat', 'on', 'mat', 'dog.', 'ran,', '3.5'), { minLength: 4, maxLength: 12 })
    .map((words) => words.join(' '));
  fc.assert(
    fc.property(sentence, sentence, (a, b) => {
      t.true(near(sentenceBleu(a, [a]).score, 100, 1e-9));
      const chrf = new Chrf();
      chrf.add(a, [b, a]);
      t.true(near(chrf.result(), 100, 1e-9));
    }),
    { seed: 1, numRuns: 100 },
  );
  t.pass();
});
