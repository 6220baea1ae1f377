import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Command } from '@anyformer/core';
import anyTest, { type TestFn } from 'ava';
import { pack } from 'tar-stream';
import { Bleu, Chrf } from '../metrics/index.js';
import { bleu } from './bleu.js';
import { dataCheck, dataGenerate, dataMulti30k } from './data.js';

const test = anyTest as TestFn<{ folder: string }>;

test.beforeEach(async (t) => {
  t.context.folder = await mkdtemp(path.join(tmpdir(), 'commands-'));
});
test.afterEach.always((t) => rm(t.context.folder, { recursive: true, force: true }));

/** Runs a command as the command line would; options that are not given have their defaults. */
const run = async (
  command: Command,
  args: (string | readonly string[])[],
  options: Record<string, unknown> = {},
  json = false,
): Promise<string[]> => {
  const written: string[] = [];
  const defaults = Object.fromEntries(
    (command.options ?? []).flatMap(({ flags, default: value }) =>
      value === undefined ? [] : [[/--([a-z-]+)/.exec(flags)![1]!, value] as const],
    ),
  );
  await command.run({
    arguments: args,
    options: { ...defaults, ...options },
    json,
    signal: new AbortController().signal,
    input: (async function* () {})(),
    out: (line) => void written.push(line),
    note: () => undefined,
    progress: () => ({ update: () => undefined, end: () => undefined }),
  });
  return written;
};

const tar = async (entries: Readonly<Record<string, string | Buffer>>): Promise<Buffer> => {
  const archive = pack();
  for (const [name, content] of Object.entries(entries)) archive.entry({ name }, content as string);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

test('bleu scores files as sacreBLEU does, in words and as JSON with unrounded numbers', async (t) => {
  const file = async (name: string, lines: string[]): Promise<string> => {
    const at = path.join(t.context.folder, name);
    await writeFile(at, `${lines.join('\n')}\n`);
    return at;
  };
  const hypothesis = await file('hyp', ['The cat sat on the mat.', 'It is a guide to action.']);
  const reference = await file('ref', ['The cat is sitting on the mat.', 'It is a guide to action that ensures.']);
  const [json] = await run(bleu, [hypothesis, [reference]], {}, true);
  const result = JSON.parse(json!) as { bleu: number; chrf: number; signature: string };
  t.true(result.bleu > 40 && result.bleu < 70 && !Number.isInteger(result.bleu));
  t.true(result.chrf > 50 && result.chrf < 90);
  t.regex(result.signature, /^nrefs:1\|case:mixed\|eff:no\|tok:13a\|smooth:exp\|version:/);
  const lines = await run(bleu, [hypothesis, [reference]], { chrf: true });
  t.true(lines[0]!.startsWith(`BLEU ${result.bleu.toFixed(2)} `));
  t.is(lines[1], result.signature);
  t.is(lines[2], `chrF ${result.chrf.toFixed(2)}`);
  t.is(JSON.parse((await run(bleu, [reference, [reference]], {}, true))[0]!).bleu.toFixed(6), '100.000000');
  const two = JSON.parse((await run(bleu, [hypothesis, [reference, hypothesis]], { tokenize: 'intl' }, true))[0]!);
  t.like(two, { chrf: 100 });
  t.regex(two.signature, /nrefs:2\|.*tok:intl/);

  const floor = { smooth: 'floor', smoothValue: 0.5, order: 2, chrfWordOrder: 2 };
  const other = JSON.parse((await run(bleu, [hypothesis, [reference]], floor, true))[0]!);
  const expected = { smoothing: 'floor', smoothingValue: 0.5, maxOrder: 2 } as const;
  const texts = [await readFile(hypothesis, 'utf8'), await readFile(reference, 'utf8')].map((text) => text.trim().split('\n'));
  const [counted, characters] = [new Bleu(expected), new Chrf({ wordOrder: 2 })];
  texts[0]!.forEach((line, i) => {
    for (const metric of [counted, characters]) metric.add(line, [texts[1]![i]!]);
  });
  t.like(other, { bleu: counted.result().score, chrf: characters.result() });
  t.not(other.bleu, result.bleu);
  t.regex(other.signature, /smooth:floor\[0\.50\]/);
  const plus = await run(bleu, [hypothesis, [reference]], { chrfWordOrder: 2 });
  t.is(plus[2], `chrF++ ${characters.result().toFixed(2)}`);
  t.regex(plus[3]!, /nw:2/);
  await t.throwsAsync(() => run(bleu, [hypothesis, [reference]], { smoothValue: 1 }), { code: 'usage/smooth-value' });
  const smooth = bleu.options!.find(({ flags }) => flags.startsWith('--smooth <'))!;
  t.throws(() => smooth.parse!('exponential'), { code: 'usage/smooth', message: /none, floor, add-k, exp/ });

  await t.throwsAsync(() => run(bleu, [hypothesis, [path.join(t.context.folder, 'none')]]), { code: 'data/no-file' });
  const short = await file('short', ['one']);
  await t.throwsAsync(() => run(bleu, [hypothesis, [short]]), { code: 'bleu/line-count', message: /1 lines; accepted: 2/ });
  const tokenize = bleu.options!.find(({ flags }) => flags.startsWith('--tokenize'))!;
  t.throws(() => tokenize.parse!('13b'), { code: 'usage/tokenize', message: /13a, intl, char, none/ });
});

test('data multi30k unpacks texts, packed or not, into a new folder', async (t) => {
  const { folder } = t.context;
  const content = {
    'dataset/train.de.gz': gzipSync('Zwei Hunde.\n'),
    'dataset/train.en': 'Two dogs.\n',
    '../../val.de': 'Ein Hund.\n',
    'dataset/readme.md': 'no text',
    'dataset/train.de.bak': 'no',
  };
  await writeFile(path.join(folder, 'archive.tar.gz'), gzipSync(await tar(content)));
  await writeFile(path.join(folder, 'archive.tar'), await tar(content));
  for (const [name, to] of [
    ['archive.tar.gz', 'a'],
    ['archive.tar', 'b/c'],
  ] as const) {
    const from = path.join(folder, name);
    const target = path.join(folder, to);
    const [json] = await run(dataMulti30k, [], { from, to: target }, true);
    t.deepEqual(JSON.parse(json!), { folder: target, files: ['train.de', 'train.en', 'val.de'] });
    t.deepEqual((await readdir(target)).sort(), ['train.de', 'train.en', 'val.de']);
    t.is(await readFile(path.join(target, 'train.de'), 'utf8'), 'Zwei Hunde.\n');
  }
  await t.throwsAsync(() => run(dataMulti30k, [], { from: path.join(folder, 'archive.tar'), to: path.join(folder, 'a') }), {
    code: 'data/exists',
  });
});

test('a damaged or foreign archive leaves nothing behind', async (t) => {
  const { folder } = t.context;
  const whole = gzipSync(await tar({ 'train.de': 'a\n'.repeat(5000), 'train.en': 'b\n'.repeat(5000) }));
  const cases: Record<string, Buffer> = {
    'cut.tar.gz': whole.subarray(0, whole.length / 2),
    'other.tar': await tar({ 'notes.txt': 'no' }),
    'noise.tar': Buffer.alloc(2048, 'x'),
  };
  for (const [name, bytes] of Object.entries(cases)) {
    await writeFile(path.join(folder, name), bytes);
    await t.throwsAsync(
      () => run(dataMulti30k, [], { from: path.join(folder, name), to: path.join(folder, 'out') }),
      { code: 'data/archive' },
      name,
    );
  }
  await t.throwsAsync(() => run(dataMulti30k, [], { from: path.join(folder, 'none.tar'), to: path.join(folder, 'out') }), {
    code: 'data/no-file',
  });
  await t.throwsAsync(() => run(dataMulti30k, []), { code: 'usage/missing-option', message: /--from/ });
  t.deepEqual((await readdir(folder)).sort(), Object.keys(cases).sort());
});

test('data check counts what training would leave out, and finds what it could not read', async (t) => {
  const { folder } = t.context;
  const source = path.join(folder, 'a.de');
  const target = path.join(folder, 'a.en');
  await writeFile(source, `gut\n${'x'.repeat(50)}\n\nabcdefghi\n`);
  await writeFile(target, 'good\nlong\nnothing\nab\n');
  const options = { maxLength: 40, maxRatio: 3, dropEmpty: true };
  const [json] = await run(dataCheck, [source, target], options, true);
  t.deepEqual(JSON.parse(json!), { read: 4, kept: 1, empty: 1, tooLong: 1, unevenLengths: 1, characters: 7 });
  const [line] = await run(dataCheck, [source, target], options);
  t.regex(line!, /4 pairs, 1 kept; left out: 1 with an empty side, 1 too long, 1 of too uneven lengths; 4 characters/);
  await t.throwsAsync(() => run(dataCheck, [source, target]), { code: 'data/bad-line', message: /a\.de:3/ });
});

test('data generate writes aligned files that say the same each time', async (t) => {
  const { folder } = t.context;
  const [json] = await run(dataGenerate, ['english-german'], { pairs: 30, to: path.join(folder, 'a') }, true);
  t.deepEqual(JSON.parse(json!).pairs, { train: 30, valid: 500, test: 1000 });
  await run(dataGenerate, ['english-german'], { pairs: 30, to: path.join(folder, 'b') });
  for (const name of ['train.en', 'train.de', 'valid.en', 'valid.de', 'test.en', 'test.de']) {
    const [a, b] = await Promise.all(['a', 'b'].map((one) => readFile(path.join(folder, one, name), 'utf8')));
    t.is(a, b);
    t.is(a!.split('\n').length - 1, JSON.parse(json!).pairs[name.split('.')[0]!]);
  }
  await t.throwsAsync(() => run(dataGenerate, ['klingon'], { to: path.join(folder, 'c') }), {
    code: 'data/kind',
    message: /english-german/,
  });
});
