import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import anyTest, { type TestFn } from 'ava';
import { openPairs } from './open.js';
import type { Pair, PairSource } from './pair.js';
import { type PairsConfigInput, pairsConfig } from './schema.js';

const test = anyTest as TestFn<{ folder: string }>;

test.beforeEach(async (t) => {
  t.context.folder = await mkdtemp(path.join(tmpdir(), 'pairs-'));
});
test.afterEach.always((t) => rm(t.context.folder, { recursive: true, force: true }));

const read = async (source: PairSource, split = 'train', { epoch = 0, index = 0 } = {}): Promise<Pair[]> => {
  const pairs: Pair[] = [];
  for await (const pair of source.examples(split, { epoch, index, seed: 7 })) {
    const { at: _, ...said } = pair;
    pairs.push(said);
  }
  return pairs;
};

const open = async (folder: string, files: Record<string, string | Uint8Array>, config: PairsConfigInput): Promise<PairSource> => {
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, name), content);
  return openPairs(pairsConfig.parse(config), { seed: 1, directory: folder });
};

const train = { train: { source: 'a.de', target: 'a.en' } };
const inOrder = { shuffle: 0 } as const;

test('aligned files, TSV and JSONL, plain and packed, give the same pairs', async (t) => {
  const { folder } = t.context;
  const expected = [
    { source: 'Zwei Hunde.', target: 'Two dogs.' },
    { source: 'Ein grüner Ball 🙂', target: 'A green ball' },
  ];
  const files: Record<string, string> = {
    'a.de': '\uFEFFZwei Hunde.\r\n Ein grüner Ball 🙂\r\n',
    'a.en': 'Two dogs.\nA green ball',
    't.tsv': 'id\ten\tde\n1\tTwo dogs.\tZwei Hunde.\n2\tA green ball\tEin grüner Ball 🙂\n',
    'j.jsonl': expected.map(({ source, target }) => `${JSON.stringify({ translation: { de: source, en: target } })}\n`).join(''),
  };
  const packed = Object.fromEntries(Object.entries(files).map(([name, content]) => [`${name}.gz`, gzipSync(content)]));
  for (const [all, ending] of [
    [files, ''],
    [packed, '.gz'],
  ] as const) {
    const sides = { source: `a.de${ending}`, target: `a.en${ending}` };
    t.deepEqual(await read(await open(folder, all, { kind: 'aligned', splits: { train: sides }, ...inOrder })), expected);
    const columns = { source: 'de', target: 'en' };
    t.deepEqual(await read(await open(folder, all, { kind: 'tsv', splits: { train: `t.tsv${ending}` }, columns, ...inOrder })), expected);
    const fields = { source: 'translation.de', target: 'translation.en' };
    t.deepEqual(
      await read(await open(folder, all, { kind: 'jsonl', splits: { train: `j.jsonl${ending}` }, fields, ...inOrder })),
      expected,
    );
  }
});

test('an epoch can be taken up anywhere: the same pairs in the same order', async (t) => {
  const lines = Array.from({ length: 60 }, (_, i) => i);
  const text = (word: string): string => lines.map((i) => `${word}${i} ${'x'.repeat(i % 7 === 0 ? 90 : 3)}\n`).join('');
  const source = await open(
    t.context.folder,
    { 'a.de': text('de'), 'a.en': text('en') },
    { kind: 'aligned', splits: train, shuffle: 8, filter: { maxLength: 50 } },
  );
  const whole = await read(source, 'train', { epoch: 3 });
  t.is(whole.length, 51);
  t.is(new Set(whole.map((pair) => pair.source)).size, 51);
  for (let index = 0; index <= whole.length; index++) t.deepEqual(await read(source, 'train', { epoch: 3, index }), whole.slice(index));
  const inFileOrder = [...whole].sort((a, b) => Number.parseInt(a.source.slice(2), 10) - Number.parseInt(b.source.slice(2), 10));
  t.notDeepEqual(whole, inFileOrder);
  t.notDeepEqual(await read(source, 'train', { epoch: 4 }), whole);
});

test('filters count what they leave out, and leave other splits alone', async (t) => {
  const pairs = ['good\tgood', `${'x'.repeat(30)}\tshort`, `abcdefghij\tab`, '\tempty', 'fine\tfine'].join('\n');
  const source = await open(
    t.context.folder,
    { 'p.tsv': pairs },
    { kind: 'tsv', splits: { train: 'p.tsv', test: 'p.tsv' }, filter: { maxLength: 20, maxRatio: 3, empty: 'drop' }, ...inOrder },
  );
  t.is(source.size?.('train'), undefined);
  t.deepEqual(
    (await read(source)).map((pair) => pair.source),
    ['good', 'fine'],
  );
  t.deepEqual(source.counts?.('train'), { read: 5, kept: 2, empty: 1, tooLong: 1, unevenLengths: 1 });
  t.is(source.size?.('train'), 2);
  t.is((await read(source, 'test')).length, 4);
});

const faults: readonly {
  readonly name: string;
  readonly files: Record<string, string | Uint8Array>;
  readonly config: PairsConfigInput;
  readonly code: string;
  readonly message: RegExp;
}[] = [
  {
    name: 'a line without a partner',
    files: { 'a.de': 'eins\nzwei\ndrei\nvier\n', 'a.en': 'one\ntwo\n' },
    config: { kind: 'aligned', splits: train },
    code: 'data/line-count',
    message: /a\.de:3: .*4 lines here, 2 in .*a\.en/,
  },
  {
    name: 'bytes that are no UTF-8',
    files: { 'a.de': Buffer.concat([Buffer.from('gut\nschön '), Buffer.from([0xf6, 0x0a])]), 'a.en': 'good\nfine\n' },
    config: { kind: 'aligned', splits: train },
    code: 'data/bad-line',
    message: /a\.de:2: bytes that are no UTF-8/,
  },
  {
    name: 'an empty side',
    files: { 'a.de': 'eins\nzwei\ndrei\n', 'a.en': 'one\n  \nthree\n' },
    config: { kind: 'aligned', splits: train },
    code: 'data/bad-line',
    message: /a\.en:2: an empty target side/,
  },
  {
    name: 'too few columns',
    files: { 'p.tsv': 'a\tb\nc\n' },
    config: { kind: 'tsv', splits: { train: 'p.tsv' } },
    code: 'data/bad-line',
    message: /p\.tsv:2: 1 columns; accepted: at least 2/,
  },
  {
    name: 'a column that is not there',
    files: { 'p.tsv': 'de\ten\na\tb\n' },
    config: { kind: 'tsv', splits: { train: 'p.tsv' }, columns: { source: 'de', target: 'fr' } },
    code: 'data/bad-line',
    message: /p\.tsv:1: no column 'fr'; accepted: de, en/,
  },
  {
    name: 'no JSON',
    files: { 'p.jsonl': '{"de": "a", "en": "b"}\n{"de": \n' },
    config: { kind: 'jsonl', splits: { train: 'p.jsonl' }, fields: { source: 'de', target: 'en' } },
    code: 'data/bad-line',
    message: /p\.jsonl:2: no JSON/,
  },
  {
    name: 'a field that is not there',
    files: { 'p.jsonl': '{"translation": {"de": "a"}}\n' },
    config: { kind: 'jsonl', splits: { train: 'p.jsonl' }, fields: { source: 'translation.de', target: 'translation.en' } },
    code: 'data/bad-line',
    message: /p\.jsonl:1: no text at translation\.en/,
  },
  {
    name: 'a gzip file cut short',
    files: { 'p.tsv.gz': gzipSync('a\tb\n'.repeat(1000)).subarray(0, 40) },
    config: { kind: 'tsv', splits: { train: 'p.tsv.gz' } },
    code: 'data/gzip',
    message: /p\.tsv\.gz: not a whole gzip file/,
  },
];

for (const { name, files, config, code, message } of faults)
  test(`${name} is an error that names the place`, async (t) => {
    const source = await open(t.context.folder, files, config);
    const error = await t.throwsAsync(() => read(source), { code, message });
    t.is((error as { exit?: number } | undefined)?.exit, 2);
  });

test('missing files of any split are told before training begins, a split that is not there when it is asked for', async (t) => {
  const some = await open(
    t.context.folder,
    { 'p.tsv': 'a\tb\n' },
    { kind: 'tsv', splits: { train: 'p.tsv', valid: 'v.tsv', test: 'p.tsv' } },
  );
  await t.throwsAsync(() => read(some), { code: 'data/no-file', message: /no file .*v\.tsv/ });
  t.is((await read(some, 'test')).length, 1);
  await t.throwsAsync(() => read(some, 'dev'), { code: 'data/unknown-split', message: /train, valid, test/ });
});

test('every pair knows its lines, in whatever order it comes', async (t) => {
  const { folder } = t.context;
  const lines = (side: string): string => Array.from({ length: 30 }, (_, i) => (i === 3 ? '\n' : `${side} ${i + 1}\n`)).join('');
  const filter = { empty: 'drop' } as const;
  const source = await open(folder, { 'a.de': lines('de'), 'a.en': lines('en') }, { kind: 'aligned', splits: train, filter, shuffle: 8 });
  let seen = 0;
  for await (const pair of source.examples('train', { epoch: 0, index: 0, seed: 7 })) {
    const line = pair.source.slice(3);
    t.is(source.place!(pair), `${path.join(folder, 'a.de')}:${line} and ${path.join(folder, 'a.en')}:${line}`);
    seen++;
  }
  t.is(seen, 29);
  const one = await open(folder, { 'p.tsv': 'a\tb\n' }, { kind: 'tsv', splits: { train: 'p.tsv' } });
  for await (const pair of one.examples('train', { epoch: 0, index: 0, seed: 7 }))
    t.is(one.place!(pair), `${path.join(folder, 'p.tsv')}:1`);
  t.is(one.place!({ source: 'not from', target: 'a file' }), undefined);
});
