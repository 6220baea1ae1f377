import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { useEngine } from '@anyformer/engine';
import test from 'ava';
import type { TrainEvent } from '../train/events.js';
import { startRun } from './start.js';
import { toy, toyConfig } from './toy.test-support.js';
import { toyRuns } from './toy-runs.test-support.js';

const root = mkdtempSync(path.join(tmpdir(), 'anyformer-run-'));
test.before(() => useEngine());
test.after.always(() => rmSync(root, { recursive: true, force: true }));

const run = toyRuns(root);

const digest = (name: string, step: number): string =>
  createHash('sha256')
    .update(readFileSync(path.join(root, name, 'checkpoints', `step-${String(step).padStart(6, '0')}`, 'model.safetensors')))
    .digest('hex');

test.serial('a run is a folder with everything in it', async (t) => {
  const events = await run('whole');
  t.is(events[0]!.type, 'start');
  t.is(events.at(-1)!.type, 'end');
  t.is(events.filter(({ type }) => type === 'step').length, 20);
  t.deepEqual(readdirSync(path.join(root, 'whole')).sort(), [
    'checkpoints',
    'config.json',
    'environment.json',
    'metrics.jsonl',
    'summary.json',
  ]);
  const lines = readFileSync(path.join(root, 'whole/metrics.jsonl'), 'utf8').trim().split('\n');
  t.deepEqual(
    lines.map((line) => JSON.parse(line).type),
    events.map(({ type }) => type),
  );
  const files = readdirSync(path.join(root, 'whole/checkpoints/step-000020')).sort();
  t.deepEqual(files, [
    'codecs.json',
    'config.json',
    'manifest.json',
    'model.safetensors',
    'numbers.json',
    'optimizer.safetensors',
    'state.json',
  ]);
});

test.serial('20 steps are 10, a stop, and 10 more, to the byte', async (t) => {
  await run('halves', { steps: 10 });
  await run('halves', { steps: 20, resume: true });
  t.is(digest('halves', 20), digest('whole', 20));
  const steps = readFileSync(path.join(root, 'halves/metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === 'step')
    .map(({ step }) => step);
  t.deepEqual(
    steps,
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
});

test.serial('recomputation changes no byte, and a run may go on with or without it', async (t) => {
  const config = { ...toyConfig, model: { ...toyConfig.model, recompute: true } };
  await run('recomputed', { config });
  t.is(digest('recomputed', 20), digest('whole', 20));
  await run('later', { steps: 10 });
  await run('later', { config, steps: 20, resume: true });
  t.is(digest('later', 20), digest('whole', 20));
  t.true(JSON.parse(readFileSync(path.join(root, 'later/config.json'), 'utf8')).model.recompute);
});

test.serial('the same seed gives the same bytes, another one others', async (t) => {
  await run('again');
  t.is(digest('again', 20), digest('whole', 20));
  await run('other', { seed: 6 });
  t.not(digest('other', 20), digest('whole', 20));
});

test.serial('resuming keeps the stored seed, and refuses another model', async (t) => {
  const changed = { ...toyConfig, model: { ...toyConfig.model, feedForward: 64 } };
  const error = await t.throwsAsync(run('halves', { steps: 24, resume: true, config: changed }), { code: 'run/changed' });
  t.regex(error!.message, /model\.feedForward: 32 then, 64 now/);
});

test.serial('what a config no longer says counts as changed, what it says in other words does not', async (t) => {
  const { dropout: _, ...without } = toyConfig.model;
  await run('said', { steps: 4 });
  const error = await t.throwsAsync(run('said', { steps: 5, resume: true, config: { ...toyConfig, model: without } }), {
    code: 'run/changed',
  });
  t.regex(error!.message, /model\.dropout: 0\.1 then, 0 now/);
  const model = { ...toyConfig.model, preset: 'tiny', normPlacement: 'pre', headWidth: 8, embeddingScale: false } as const;
  await run('said', { steps: 5, resume: true, config: { ...toyConfig, model } });
  t.true(existsSync(path.join(root, 'said/checkpoints/step-000005')));
});

test.serial('where the run’s own config is gone or broken, the checkpoint’s counts: the same refusals, the same bytes', async (t) => {
  const changed = { ...toyConfig, model: { ...toyConfig.model, dropout: 0.3 } };
  for (const content of [undefined, '{ "seed": 5, "mod']) {
    await run('healed', { steps: 10 });
    const file = path.join(root, 'healed/config.json');
    rmSync(file);
    if (content !== undefined) writeFileSync(file, content);
    await t.throwsAsync(run('healed', { resume: true, config: changed }), { code: 'run/changed', message: /model\.dropout/ });
    await run('healed', { resume: true });
    t.is(digest('healed', 20), digest('whole', 20));
    t.is(JSON.parse(readFileSync(file, 'utf8')).seed, toyConfig.seed);
    rmSync(path.join(root, 'healed'), { recursive: true });
  }
});

test.serial('a run that is there is not overwritten', async (t) => {
  const before = digest('whole', 20);
  await t.throwsAsync(run('whole'), { code: 'run/exists' });
  await t.throwsAsync(run('whole/config.json'), { code: 'run/exists', message: /a file; accepted: a new folder/ });
  t.is(digest('whole', 20), before);
});

test.serial('an abort finishes the step, saves, and says so', async (t) => {
  const abort = new AbortController();
  const events: TrainEvent[] = [];
  await new Promise<void>((resolve, reject) => {
    startRun({ config: toyConfig, directory: path.join(root, 'aborted'), plugins: [toy], signal: abort.signal }).subscribe({
      next(event) {
        events.push(event);
        if (event.type === 'step' && event.step === 6) abort.abort();
      },
      error: reject,
      complete: resolve,
    });
  });
  const end = events.at(-1)!;
  t.true(end.type === 'end' && end.reason === 'interrupted' && end.step === 6);
  await run('aborted', { resume: true });
  t.is(digest('aborted', 20), digest('whole', 20));
});

test.serial('unsubscribing ends the run without another event', async (t) => {
  let seen = 0;
  await new Promise<void>((resolve) => {
    const subscription = startRun({ config: toyConfig, directory: path.join(root, 'dropped'), plugins: [toy] }).subscribe((event) => {
      seen++;
      if (event.type === 'step' && event.step === 3) {
        subscription.unsubscribe();
        setTimeout(resolve, 300);
      }
    });
  });
  t.is(seen, 4);
});

test.serial('a loss that is not a number stops the run, names step and group, and leaves the last checkpoint', async (t) => {
  const config = { ...toyConfig, tasks: { first: { kind: 'first', input: 'numbers', poison: 11 } } };
  const error = await t.throwsAsync(run('poisoned', { config }), { code: 'train/not-finite' });
  t.regex(error!.message, /Step 11.*loss of 'first' is NaN.*backbone\/encoder.*The checkpoint of step 8 is untouched/s);
  t.true(existsSync(path.join(root, 'poisoned/checkpoints/step-000008/model.safetensors')));
  const early = { ...toyConfig, tasks: { first: { kind: 'first', input: 'numbers', poison: 2 } } };
  await t.throwsAsync(run('early', { config: early }), { code: 'train/not-finite', message: /Step 2.*There is no checkpoint yet/s });
});

test.serial('unknown kinds, modalities and duplicate plug-ins are errors with near names', async (t) => {
  await t.throwsAsync(run('x1', { config: { ...toyConfig, modalities: { numbers: { kind: 'list' } } } }), {
    code: 'plugin/unknown-kind',
    message: /lists/,
  });
  await t.throwsAsync(run('x2', { config: { ...toyConfig, tasks: { first: { kind: 'first', input: 'numbrs' } } } }), {
    code: 'config/unknown-modality',
    message: /numbers/,
  });
  await t.throwsAsync(run('x3', { plugins: [toy, toy] }), { code: 'plugin/duplicate-kind' });
  await t.throwsAsync(run('x4', { plugins: [{ ...toy, apiVersion: 99 }] }), { code: 'plugin/api-version' });
  t.false(existsSync(path.join(root, 'x1')));
});
