import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { anyformer, testFolder } from '../process.test-support.js';

const { folder, written } = testFolder(test);
const at = (name: string): string => path.join(folder, name);

const config = written(
  'reverse.yaml',
  `modalities:
  words: { kind: text, codec: { kind: words } }
tasks:
  reversal:
    kind: translation
    source: words
    target: words
    data: { kind: reversed-words, words: 8, longest: 5, pairs: 300 }
model: { preset: tiny, width: 16, heads: 2, feedForward: 32, encoder: { layers: 1 }, decoder: { layers: 1 } }
train:
  steps: 4
  batch: { examples: 16 }
  optimizer: { kind: adam }
  schedule: { kind: constant, peak: 1.0e-3 }
`,
);

test.before(async () => {
  await anyformer(['train', config, '--run', at('run')]);
});

test('translate gives one line for each, in order, empty ones too; --json one document for each', async (t) => {
  const plain = await anyformer(['translate', at('run')], { input: 'a b c\n\nb a\r\nc' });
  t.is(plain.exit, 0, plain.err);
  t.is(plain.out.split('\n').length, 5);
  t.is(plain.out.split('\n')[1], '');
  const json = await anyformer(['translate', at('run'), '--n-best', '2', '--json'], { input: 'a b\nb\n' });
  const lines = json.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.deepEqual(
    lines.map(({ source }) => source),
    ['a b', 'b'],
  );
  t.is(lines[0].hypotheses.length, 2);
  const none = await anyformer(['translate', at('run')], { input: '' });
  t.is(none.exit, 0);
  t.is(none.out, '');
});

test('an engine that is passed over is told of in one line', async (t) => {
  const env = { ANYFORMER_NATIVE: 'off', ANYFORMER_ENGINE: '' };
  const given = [
    ['translate', at('run')],
    ['evaluate', at('run'), '--split', 'train'],
    ['train', config, '--run', at('passed-over'), '--steps', '1'],
  ];
  for (const one of given) {
    const { exit, err } = await anyformer(one, { input: 'a b\n', env });
    t.is(exit, 0, err);
    t.is(err.match(/^engine native does not load \(switched off by ANYFORMER_NATIVE=off\): wasm is used$/gm)?.length, 1, err);
  }
});

test('attend writes one page with every layer and head; --output says what was written', async (t) => {
  const page = at('page.html');
  const { exit, out } = await anyformer([
    'attend',
    at('run'),
    '--input',
    'a b c',
    '--output',
    'c b a',
    '--look',
    'b',
    '--out',
    page,
    '--json',
  ]);
  t.is(exit, 0);
  t.deepEqual(JSON.parse(out), { page, input: 'a b c', output: 'c b a' });
  const html = readFileSync(page, 'utf8');
  t.true(html.startsWith('<!doctype html>'));
  t.notRegex(html, /(?:src|href)="http/);
  t.true(html.includes('a b c → c b a'));
});

test('attend says what is missing, and writes nothing where it cannot', async (t) => {
  const cases: [string[], RegExp][] = [
    [[], /attend: no --input/],
    [['--input', 'a', '--task', 'nosuch'], /no task 'nosuch' that writes.*reversal/],
    [['--input', 'a', '--output', ''], /nothing is written for 'a'.*--output/],
    [['--input', 'a', '--out', at('nowhere/page.html')], /page\.html: not written/],
  ];
  for (const [given, message] of cases) {
    const { exit, out, err } = await anyformer(['attend', at('run'), ...given], { cwd: folder });
    t.is(exit, 2, err);
    t.is(out, '');
    t.regex(err, message);
  }
  t.false(existsSync(at('attention.html')));
});

test('bleu and data generate, through the command line', async (t) => {
  const made = await anyformer(['data', 'generate', 'english-german', '--to', at('data'), '--pairs', '20', '--json']);
  t.is(made.exit, 0, made.err);
  JSON.parse(made.out);
  const file = at('data/train.de');
  const { out } = await anyformer(['bleu', file, file, '--json']);
  t.true(Math.abs(JSON.parse(out).bleu - 100) < 1e-9);
  t.is((await anyformer(['bleu', file, at('data/nothing')])).exit, 2);
});

test('translate finds the plug-in that a stored model names', async (t) => {
  written(
    'own-text.ts',
    `import { definePlugin, type ModalityKind } from '@anyformer/core';
import text from '@anyformer/text';
const kind = text.modalities!.find(({ kind }: { kind: string }) => kind === 'text') as ModalityKind<never>;
export default definePlugin({ name: 'own-text', apiVersion: 1, modalities: [{ ...kind, kind: 'own-text' }] });
`,
  );
  const own = written('own.yaml', `plugins: ['./own-text.ts']\n${readFileSync(config, 'utf8').replace('kind: text,', 'kind: own-text,')}`);
  const trained = await anyformer(['train', own, '--run', at('own-run')], { cwd: '/' });
  t.is(trained.exit, 0, trained.err);
  const { exit, out, err } = await anyformer(['translate', at('own-run')], { cwd: '/', input: 'a b\n' });
  t.is(exit, 0, err);
  t.is(out.split('\n').length, 2);
});
