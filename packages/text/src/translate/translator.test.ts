import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { evaluateModel, startRun, type TrainEvent } from '@anyformer/core';
import { useEngine } from '@anyformer/engine';
import anyTest, { type TestFn } from 'ava';
import { translate as translateCommand } from '../commands/translate.js';
import textPlugin from '../plugin.js';
import { loadTranslator, type Translation, type Translator } from './translator.js';

const test = anyTest.serial as TestFn;

/** Words backwards, small enough to be learned while a test waits. */
const config = {
  modalities: { words: { kind: 'text', codec: { kind: 'words' }, lengthLimit: 12 } },
  tasks: {
    reversal: {
      kind: 'translation',
      source: 'words',
      target: 'words',
      data: { kind: 'reversed-words', words: 8, longest: 5, pairs: 4000 },
    },
  },
  model: { preset: 'tiny', width: 48, feedForward: 128, layers: 1 },
  train: {
    steps: 400,
    batch: { examples: 64 },
    optimizer: { kind: 'adam', beta2: 0.98 },
    schedule: { kind: 'linear', peak: 8e-3, warmup: 40, total: 400 },
    average: { decay: 0.95 },
    evaluate: { every: 200, examples: 64 },
    best: 'reversal/bleu',
  },
};

let folder: string;
let run: string;
let translator: Translator;
const events: TrainEvent[] = [];

test.before('train', async () => {
  await useEngine();
  folder = await mkdtemp(path.join(tmpdir(), 'translator-'));
  run = path.join(folder, 'run');
  await startRun({ config, directory: run, plugins: [textPlugin] }).forEach((event) => events.push(event));
  translator = await loadTranslator(run);
});
test.after.always(async () => {
  translator?.dispose();
  await rm(folder, { recursive: true, force: true });
});

const lines = ['a b c d', 'h g f e', 'a a b b c', 'd c b a', 'e f g h a'];
const backwards = (line: string): string => line.split(' ').reverse().join(' ');

test('a Transformer learns to write words backwards, and is scored on sentences of their own split', async (t) => {
  const results = await evaluateModel(translator.model, { split: 'test' });
  const { bleu, chrf, perplexity, 'token-accuracy': accuracy } = results.reversal!.results;
  t.true(bleu! > 95, `BLEU ${bleu}`);
  t.true(chrf! > 95 && accuracy! > 0.97 && perplexity! < 1.2, JSON.stringify(results.reversal!.results));
  t.regex(String(results.reversal!.details.bleu!.signature), /tok:13a\|smooth:exp/);
  const steps = events.filter((event) => event.type === 'step');
  const padding = steps.reduce((sum, event) => sum + event.padding, 0) / steps.length;
  t.true(padding < 0.02, `${padding} of the batches is padding`);
});

test('one line in, one line out, in order; empty lines stay empty', async (t) => {
  const mixed = ['', ...lines, '  ', 'a b c d'];
  t.deepEqual(
    await translator.translate(mixed, { batch: 2 }),
    mixed.map((line) => (line.trim() === '' ? '' : backwards(line))),
  );
  t.deepEqual(await translator.translate([]), []);
});

test('answers come before the input ends', async (t) => {
  let answered = 0;
  async function* typed(): AsyncGenerator<string> {
    for (const [i, line] of lines.slice(0, 3).entries()) {
      yield line;
      // The next line is typed only when this one has been answered.
      for (let waited = 0; answered <= i && waited < 100; waited++) await new Promise((resolve) => setTimeout(resolve, 50));
      t.is(answered, i + 1);
    }
  }
  for await (const { source, text } of translator.stream(typed())) {
    t.is(text, backwards(source));
    answered += 1;
  }
  t.is(answered, 3);
});

test('n-best lists fall in score; draws depend on the seed alone', async (t) => {
  const collect = async (options: object): Promise<Translation[]> => {
    const found: Translation[] = [];
    for await (const one of translator.stream(lines, options)) found.push(one);
    return found;
  };
  for (const { hypotheses, text } of await collect({ beam: 4, nBest: 3 })) {
    t.is(hypotheses.length, 3);
    t.is(hypotheses[0]!.text, text);
    t.true(hypotheses[0]!.score >= hypotheses[1]!.score && hypotheses[1]!.score >= hypotheses[2]!.score);
  }
  const wild = { sample: true, temperature: 3 };
  t.deepEqual(await collect({ ...wild, seed: 1 }), await collect({ ...wild, seed: 1 }));
  const texts = async (options: object) => (await collect(options)).map(({ text }) => text);
  t.deepEqual(await texts({ ...wild, seed: 1, batch: 1 }), await texts({ ...wild, seed: 1 }));
  t.notDeepEqual(await collect({ ...wild, seed: 1 }), await collect({ ...wild, seed: 2 }));
});

test('a line that is too long is an error that names it; what stands before it is translated', async (t) => {
  const texts: string[] = [];
  const follow = async (): Promise<void> => {
    for await (const { text } of translator.stream(['a b c d', '', Array(20).fill('a').join(' '), 'a'])) texts.push(text);
  };
  await t.throwsAsync(follow, { code: 'text/too-long', message: /Line 3: .*20 ids/ });
  t.deepEqual(texts, ['d c b a', '']);
});

test('the command gives lines, ranks or JSON, and asks for what it can use', async (t) => {
  const call = async (options: Record<string, unknown>, json = false, model = run, given = lines.slice(0, 2)): Promise<string[]> => {
    const written: string[] = [];
    async function* input(): AsyncGenerator<string> {
      yield* given;
    }
    await translateCommand.run({
      arguments: [model],
      options,
      json,
      signal: new AbortController().signal,
      input: input(),
      out: (line) => void written.push(line),
      note: () => undefined,
      progress: () => ({ update: () => undefined, end: () => undefined }),
    });
    return written;
  };
  t.deepEqual(await call({}), lines.slice(0, 2).map(backwards));
  const ranked = await call({ nBest: 2 });
  t.is(ranked.length, 4);
  t.regex(ranked[1]!, /^2\t-\d+\.\d{4}\t/);
  t.deepEqual((await call({ nBest: 2 }, false, run, ['', 'a b'])).slice(0, 1), ['1\t0.0000\t']);
  const [first] = (await call({ beam: 2 }, true)).map((line) => JSON.parse(line));
  t.like(first, { source: lines[0], translation: backwards(lines[0]!) });
  await t.throwsAsync(() => call({}, false, path.join(folder, 'nowhere')), { code: 'model/not-found' });
  await t.throwsAsync(() => call({ task: 'other' }), { code: 'translate/task', message: /'other'.*reversal/ });
  await t.throwsAsync(() => call({ topK: 3 }), { code: 'usage/options', message: /--top-k without --sample/ });
  await t.throwsAsync(() => call({ sample: true, beam: 3 }), { code: 'usage/options' });
  t.is((await call({ sample: true, topK: 3, seed: 2 })).length, 2);
  const beam = translateCommand.options!.find(({ flags }) => flags.startsWith('--beam'))!;
  for (const bad of ['0', 'x', '1.5', '']) t.throws(() => beam.parse!(bad), { code: 'usage/number', message: /--beam/ });
});
