import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { evaluateModel, startRun } from '@anyformer/core';
import test from 'ava';
import { trainBpeCodec } from '../codecs/index.js';
import textPlugin from '../plugin.js';
import { type TrainTranslatorOptions, trainTranslator, translatorConfig } from './train.js';
import { loadTranslator } from './translator.js';

let folder: string;
let options: TrainTranslatorOptions;

test.before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'train-'));
  const lines = (word: string): string => Array.from({ length: 300 }, (_, i) => `${word} ${(i * 7) % 10} ${i % 10}\n`).join('');
  await writeFile(path.join(folder, 'a.de.gz'), gzipSync(lines('Zahl')));
  await writeFile(path.join(folder, 'a.en'), lines('number'));
  options = {
    source: path.join(folder, 'a.de.gz'),
    target: path.join(folder, 'a.en'),
    run: path.join(folder, 'run'),
    steps: 12,
    vocabulary: 40,
    model: { preset: 'tiny', width: 32, feedForward: 64, layers: 1 },
  };
});
test.after.always(() => rm(folder, { recursive: true, force: true }));

test.serial('two files become a translator, and what happens on the way is told', async (t) => {
  const seen: string[] = [];
  const losses: number[] = [];
  const translator = await trainTranslator({
    ...options,
    valid: { source: options.source, target: options.target },
    onEvent(event) {
      seen.push(event.type);
      if (event.type === 'step') losses.push(event.loss);
    },
  });
  t.is(losses.length, 12);
  t.true(losses.at(-1)! < losses[0]!);
  t.deepEqual([...new Set(seen)], ['start', 'step', 'eval', 'checkpoint', 'end']);
  t.is((await translator.translate(['Zahl 1 2', 'Zahl 3 3'])).length, 2);
  translator.dispose();
  await t.throwsAsync(() => trainTranslator(options), { code: 'run/exists' });
});

test.serial('a run from files that was stopped goes on to the same bytes, across epochs of a shuffled stream', async (t) => {
  const config = translatorConfig({ ...options, steps: 30 });
  // 300 short pairs are a few batches: 30 steps go through them several times.
  const run = async (name: string, steps: number, resume = false): Promise<Buffer> => {
    const directory = path.join(folder, name);
    let epochs = 0;
    await startRun({ config, directory, plugins: [textPlugin], steps, resume }).forEach((event) => {
      if (event.type === 'step') epochs = event.epochs.translation!;
    });
    t.true(steps < 30 || epochs > 2, `${epochs} epochs`);
    return readFile(path.join(directory, 'checkpoints', `step-${String(steps).padStart(6, '0')}`, 'model.safetensors'));
  };
  const whole = await run('whole', 30);
  await run('parts', 7);
  await run('parts', 19, true);
  t.true(whole.equals(await run('parts', 30, true)));
});

test.serial(
  'a split that cannot be read is told before the first step where it is empty, and costs no step where it breaks off',
  async (t) => {
    const at = (name: string) => path.join(folder, name);
    const config = translatorConfig({ ...options, steps: 10, valid: { source: at('v.de'), target: at('v.en') } });
    const seen: string[] = [];
    const run = (name: string) =>
      startRun({ config, directory: at(name), plugins: [textPlugin] }).forEach((event) => void seen.push(event.type));
    for (const side of ['v.de', 'v.en']) await writeFile(at(side), '');
    await t.throwsAsync(() => run('empty'), { code: 'data/empty', message: /'valid'/ });
    t.deepEqual(seen, []);
    await t.throwsAsync(() => readFile(at('empty/config.json')), { code: 'ENOENT' });

    await writeFile(at('v.de'), 'Zahl 1\nZahl 2\n');
    await writeFile(at('v.en'), 'number 1\n');
    await t.throwsAsync(() => run('broken'), { code: 'data/line-count', message: /v\.de:2: a line without a partner/ });
    t.deepEqual(seen, ['start', 'step', 'checkpoint']);
    await writeFile(at('v.en'), 'number 1\nnumber 2\n');
    await startRun({ config, directory: at('broken'), plugins: [textPlugin], resume: true, steps: 2 }).forEach((event) => {
      if (event.type === 'start') t.is(event.step, 1);
    });
  },
);

test.serial('paths start where the config lies, though everything moves; a model needs neither text nor vocabulary', async (t) => {
  const [home, moved] = [path.join(folder, 'home'), path.join(folder, 'moved')];
  await mkdir(home);
  for (const side of ['source', 'target'] as const) await copyFile(options[side], path.join(home, path.basename(options[side])));
  const codec = await trainBpeCodec(['Zahl 0123456789', 'number'], { vocabulary: 40 });
  await writeFile(path.join(home, 'vocabulary.json'), codec.files()['tokenizer.json']!);
  const config = {
    ...translatorConfig({ ...options, source: 'a.de.gz', target: 'a.en' }),
    modalities: { words: { kind: 'text', codec: { file: 'vocabulary.json' } } },
  };
  const run = async (base: string, name: string, steps: number, resume = false): Promise<Buffer> => {
    const directory = path.join(base, name);
    await startRun({ config, directory, plugins: [textPlugin], steps, resume, base }).forEach(() => undefined);
    return readFile(path.join(directory, 'checkpoints', `step-${String(steps).padStart(6, '0')}`, 'model.safetensors'));
  };
  const whole = await run(home, 'whole', 12);
  await run(home, 'parts', 5);
  await rename(home, moved);
  await rm(path.join(moved, 'vocabulary.json'));
  t.true(whole.equals(await run(moved, 'parts', 12, true)));
  await t.throwsAsync(() => run(moved, 'anew', 1), { code: 'codec/no-file', message: /moved.vocabulary\.json: no readable file/ });
  await rm(path.join(moved, 'a.en'));
  const translator = await loadTranslator(path.join(moved, 'parts'));
  t.is((await translator.translate(['Zahl 1 2'])).length, 1);
  translator.dispose();
});

test.serial('a model translates where its training text is not', async (t) => {
  await rm(options.target);
  const translator = await loadTranslator(options.run);
  t.is((await translator.translate(['Zahl 1 2'])).length, 1);
  await t.throwsAsync(() => evaluateModel(translator.model, { split: 'valid' }), { code: 'data/no-file', message: /a\.en/ });
  translator.dispose();
});
