import { gunzipSync } from 'node:zlib';
import { Tokenizer } from '@huggingface/tokenizers';
import test from 'ava';
import fc from 'fast-check';
import { englishGerman } from '../corpora/english-german/index.js';
import { sharedData } from '../shared-data.test-support.js';
import { trainBpeCodec } from './bpe.js';
import { trainBpe } from './bpe-trainer.js';
import { restoreCodec } from './restore.js';
import type { TextCodec } from './text-codec.js';
import { tokenizerJsonCodec } from './tokenizer-json.js';
import { byteCodec, trainVocabulary } from './vocabulary.js';

const corpus = englishGerman({ level: 1, seed: 1 });
const lines = Array.from({ length: 400 }, (_, i) => corpus.train(i)).flatMap(({ english, german }) => [english, german]);

const stored = ({ files }: TextCodec): Record<string, Uint8Array> =>
  Object.fromEntries(Object.entries(files()).map(([name, text]) => [name, new TextEncoder().encode(text)]));

test('the trainer joins the most frequent pair, ties by the smaller ids', (t) => {
  const words = new Map([
    ['low', 5],
    ['lower', 2],
    ['newest', 6],
    ['widest', 3],
  ]);
  // Sennrich et al. 2016, figure 1, without its end-of-word mark
  const { merges } = trainBpe(words, { size: 10 + 6, first: [] });
  t.deepEqual(merges.slice(0, 3), [
    ['e', 's'],
    ['es', 't'],
    ['l', 'o'],
  ]);
});

test('every vocabulary size is met to the piece', async (t) => {
  for (const vocabulary of [100, 333, 800]) t.is((await trainBpeCodec(lines, { vocabulary })).size, vocabulary);
});

test('BPE with word boundaries: words and punctuation stay apart, and text comes back', async (t) => {
  const codec = await trainBpeCodec(lines, { vocabulary: 500 });
  for (const piece of codec.pieces(Array.from({ length: codec.size }, (_, i) => i)).slice(4))
    t.true(piece.lastIndexOf('▁') <= 0 && !/.[.?,']|[.?,']./.test(piece), piece);
  for (const line of lines) t.is(codec.decode(codec.encode(line)), line);
  t.deepEqual(codec.specials, { pad: 0, start: 1, end: 2, unknown: 3 });
});

test('word by word gives the ids of the whole tokenizer', async (t) => {
  const codec = await trainBpeCodec(lines, { vocabulary: 300 });
  const whole = new Tokenizer(JSON.parse(codec.files()['tokenizer.json']!), {});
  const odd = [
    ' leading',
    'trailing ',
    'two  spaces',
    '   ',
    '',
    'a▁b',
    '<s> x </s>',
    'tab\there',
    'e\u0301 \u0301',
    '"quoted", (and) ...',
    'Straße—Weg',
  ];
  for (const line of [...lines.slice(0, 200), ...odd])
    t.deepEqual(codec.encode(line), [...whole.encode(line, { add_special_tokens: false }).ids], JSON.stringify(line));
});

test('the byte-level codec gives back every string, half a surrogate pair as U+FFFD', async (t) => {
  for (const codec of [await trainBpeCodec(lines, { vocabulary: 600, level: 'byte' }), byteCodec()])
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        t.is(
          codec.decode(codec.encode(text)),
          text.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD'),
          codec.kind,
        );
      }),
      { seed: 3, numRuns: 300 },
    );
});

test('a codec restored from its files gives the same ids', async (t) => {
  for (const codec of [
    await trainBpeCodec(lines, { vocabulary: 300 }),
    await trainBpeCodec(lines, { vocabulary: 400, level: 'byte' }),
    await trainVocabulary('characters', lines),
    await trainVocabulary('words', lines, 50),
    byteCodec(),
  ]) {
    const again = restoreCodec(stored(codec), codec.kind);
    t.is(again.kind, codec.kind);
    t.is(again.size, codec.size);
    for (const line of lines.slice(0, 100)) {
      t.deepEqual(again.encode(line), codec.encode(line));
      t.is(again.decode(again.encode(line)), codec.decode(codec.encode(line)));
    }
  }
});

test('what a vocabulary has not seen is unknown, and words are any words', async (t) => {
  const codec = await trainVocabulary('words', ['toString constructor __proto__ toString']);
  t.is(codec.size, 7);
  t.is(codec.decode(codec.encode('constructor __proto__')), 'constructor __proto__');
  t.deepEqual(codec.encode('valueOf'), [3]);
});

test('too small a vocabulary, no text and a broken file are said', async (t) => {
  await t.throwsAsync(trainBpeCodec(lines, { vocabulary: 20 }), { code: 'codec/vocabulary-too-small', message: /byte-bpe/ });
  await t.throwsAsync(trainBpeCodec([], { vocabulary: 100 }), { code: 'codec/empty-corpus' });
  const { 'tokenizer.json': file } = (await trainBpeCodec(lines, { vocabulary: 200 })).files();
  t.throws(() => tokenizerJsonCodec(file!.slice(0, 500)), { code: 'codec/tokenizer-json' });
  t.throws(() => tokenizerJsonCodec('{"model":{}}'), { code: 'codec/tokenizer-json' });
  t.throws(() => restoreCodec({}), { code: 'codec/no-files' });
});

for (const name of ['bytelevel-gpt2', 'bytelevel-roberta', 'bpe-llama', 'bpe-clip'])
  test(`${name}: a Hugging Face tokenizer gives its ids`, (t) => {
    const json = sharedData(t, `data/fixtures/tokenizers/${name}/tokenizer.json`);
    const cases = sharedData(t, `data/fixtures/tokenizers/${name}/cases.jsonl`);
    if (json === undefined || cases === undefined) return;
    const specials = { pad: 0, start: 0, end: 0 };
    const codec = tokenizerJsonCodec(json.toString(), { specials });
    const all = cases
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { text: string; ids_plain: number[] });
    t.is(all.length, 200);
    const wrong = all.filter((one) => JSON.stringify(codec.encode(one.text)) !== JSON.stringify(one.ids_plain));
    t.deepEqual(
      wrong.map(({ text }) => text),
      [],
    );
  });

test('a novel is learned in a moment', (t) => {
  const file = sharedData(t, 'data/text/botchan.txt.gz');
  if (file === undefined) return;
  const words = new Map<string, number>();
  for (const word of gunzipSync(file).toString().split(/\s+/)) if (word) words.set(word, (words.get(word) ?? 0) + 1);
  const began = performance.now();
  const { merges, vocabulary } = trainBpe(words, { size: 2000, first: [] });
  t.is(vocabulary.length, 2000);
  t.deepEqual(merges[0], ['t', 'h']);
  t.true(performance.now() - began < 10_000);
});
