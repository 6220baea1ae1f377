import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { testWithShared } from '@anyformer/oracles';
import { Tokenizer } from '@huggingface/tokenizers';
import test from 'ava';
import fc from 'fast-check';
import { englishGerman } from '../corpora/english-german/index.js';
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

test('chunk by chunk gives the ids of the whole tokenizer', async (t) => {
  const odd = [
    ' leading',
    'trailing ',
    'two  spaces',
    '   ',
    '',
    'a▁b c',
    'x <2de> y',
    'tab\there too',
    'no\u00a0break and\u0085next \ufeff mark',
    'e\u0301 \u0301 x',
    '"quoted", (and) ... don\'t',
    'Straße—Weg zu',
  ];
  for (const level of ['word', 'byte'] as const) {
    const codec = await trainBpeCodec(lines, { vocabulary: 400, level, specials: ['<2de>'] });
    const json = JSON.parse(codec.files()['tokenizer.json']!);
    const whole = new Tokenizer({ ...json, added_tokens: json.added_tokens.slice(4) }, {});
    for (const line of [...lines.slice(0, 200), ...odd])
      t.deepEqual(codec.encode(line), [...whole.encode(line, { add_special_tokens: false }).ids], `${level} ${JSON.stringify(line)}`);
  }
});

test('a text that spells pad, start, end or unknown stays text; tags are found in it', async (t) => {
  for (const level of ['word', 'byte'] as const) {
    const codec = await trainBpeCodec([...lines, '<pad> </s> <unk>'], { vocabulary: 400, level, specials: ['<2de>', '<2de>', '<s>'] });
    const again = restoreCodec(stored(codec));
    for (const { encode, decode } of [codec, again]) {
      const spelt = 'a </s> b <s><pad> <unk>';
      t.is(decode(encode(spelt)), spelt, level);
      t.false(encode(spelt).some((id) => id < 4));
      t.is(encode('<2de> a')[0], 4);
      t.is(decode([1, ...encode('a'), 2, 0]), 'a');
    }
    t.is(codec.pieces(codec.encode('<2de>')).join(), '<2de>');
  }
});

test('the byte-level codec gives back every string, half a surrogate pair as U+FFFD', async (t) => {
  const piece = fc.oneof(
    { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
    fc.constantFrom('\ufeff', '</s>', '<pad>', '<unk>', '\u0000', ' ', '  ', '\u0085', '\ud800', '\udc00', 'the', "'s", '👩‍👧'),
  );
  for (const codec of [await trainBpeCodec(lines, { vocabulary: 600, level: 'byte' }), byteCodec()])
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join('');
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
    const again = restoreCodec(stored(codec));
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
  for (const id of ['-3', '3.5', '"7"', 'null'])
    t.throws(() => tokenizerJsonCodec(file!.replace(/("\.": ?)\d+/, `$1${id}`)), {
      code: 'codec/tokenizer-json',
      message: /the id .* for "\."/,
    });
  t.throws(() => restoreCodec({}), { code: 'codec/no-files' });
  const vocabulary = (text: string) => restoreCodec({ 'vocabulary.json': new TextEncoder().encode(text) });
  t.throws(() => vocabulary('{"kind":"charactrs","pieces":["a"]}'), { code: 'codec/vocabulary', message: /'characters'\?/ });
  for (const text of ['{"kind":"words","pieces":["a', '{"kind":"words"}', '{"kind":"words","pieces":[1]}', 'null'])
    t.throws(() => vocabulary(text), { code: 'codec/vocabulary' }, text);
});

test('names that every object has are pieces like any other', async (t) => {
  const names = ['constructor', 'toString', 'valueOf', 'hasOwnProperty'];
  for (const level of ['word', 'byte'] as const) {
    const codec = await trainBpeCodec(Array<string>(9).fill(` ${names.join(' ')}`), { vocabulary: 400, level, specials: ['__proto__'] });
    t.is(codec.decode(codec.encode(names.join(' '))), names.join(' '));
    for (const name of names) t.is(codec.encode(` ${name}`).length, 1, name);
    t.deepEqual(codec.pieces(codec.encode('__proto__')), ['__proto__']);
  }
});

test('of two equally frequent pairs the smaller ids are joined, whatever the order of the words', (t) => {
  const words = fc.uniqueArray(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 8 }), {
    minLength: 2,
    maxLength: 12,
  });
  fc.assert(
    fc.property(words, fc.integer({ min: 4, max: 40 }), (list, size) => {
      const learned = (some: readonly string[]) => trainBpe(new Map(some.map((word) => [word, 2])), { size, first: [] });
      t.deepEqual(learned(list), learned([...list].reverse()));
    }),
    { seed: 5, numRuns: 200 },
  );
});

test('the last bytes of a half written character are one U+FFFD each where bytes are a fallback, as in the native library', (t) => {
  const bytes = ['<0xEF>', '<0xBB>', '<0xBF>', '<0xE4>', '<0xB8>'];
  const vocab = Object.fromEntries(['<unk>', '<s>', '</s>', ...bytes].map((piece, id) => [piece, id]));
  const codec = tokenizerJsonCodec(
    JSON.stringify({
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      decoder: { type: 'Sequence', decoders: [{ type: 'ByteFallback' }, { type: 'Fuse' }] },
      model: { type: 'BPE', unk_token: '<unk>', byte_fallback: true, vocab, merges: [] },
    }),
  );
  t.is(codec.decode([3, 4, 5]), '\ufeff');
  t.is(codec.decode([6, 7]), '\ufffd\ufffd');
  t.deepEqual(codec.specials, { pad: 2, start: 1, end: 2, unknown: 0 });
});

for (const name of ['bytelevel-gpt2', 'bytelevel-roberta', 'bpe-llama', 'bpe-clip', 'unigram-t5', 'wordpiece-uncased'])
  testWithShared(
    test,
    `${name}: a Hugging Face tokenizer gives its ids and texts`,
    [`data/fixtures/tokenizers/${name}/tokenizer.json`, `data/fixtures/tokenizers/${name}/cases.jsonl`],
    (t, json = '', cases = '') => {
      const codec = tokenizerJsonCodec(readFileSync(json, 'utf8'));
      const all = readFileSync(cases, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { text: string; ids: number[]; ids_plain: number[]; decoded: string });
      t.is(all.length, 200);
      t.deepEqual(
        all.filter((one) => JSON.stringify(codec.encode(one.text)) !== JSON.stringify(one.ids_plain)),
        [],
      );
      t.deepEqual(
        all.filter((one) => codec.decode(one.ids) !== one.decoded),
        [],
      );
    },
  );

testWithShared(test, 'a novel is learned in a moment', ['data/text/botchan.txt.gz'], (t, file = '') => {
  const words = new Map<string, number>();
  for (const word of gunzipSync(readFileSync(file)).toString().split(/\s+/)) if (word) words.set(word, (words.get(word) ?? 0) + 1);
  const began = performance.now();
  const { merges, vocabulary } = trainBpe(words, { size: 2000, first: [] });
  t.is(vocabulary.length, 2000);
  t.deepEqual(merges[0], ['t', 'h']);
  t.true(performance.now() - began < 10_000);
});
