import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { useEngine } from '@anyformer/engine';
import test from 'ava';
import { readCheckpoint } from '../checkpoint/checkpoint.js';
import { evaluateModel, loadModel } from './load.js';
import { toy, toyConfig } from './toy.test-support.js';
import { toyRuns } from './toy-runs.test-support.js';

const root = mkdtempSync(path.join(tmpdir(), 'anyformer-load-'));
const run = toyRuns(root);
test.before(async () => {
  await useEngine();
  await run('whole');
});
test.after.always(() => rmSync(root, { recursive: true, force: true }));

test.serial('a model loads from its run and its checkpoint, and evaluates alike', async (t) => {
  const results: unknown[] = [];
  for (const folder of ['whole', 'whole/checkpoints/step-000020']) {
    const loaded = await loadModel(path.join(root, folder), { plugins: [toy] });
    const { first } = await evaluateModel(loaded, { split: 'test' });
    results.push(folder.includes('step') || loaded.folder.endsWith('step-000020') ? first!.results : 'another checkpoint is the best');
    t.is(first!.examples, 60);
    await t.throwsAsync(evaluateModel(loaded, { split: 'nosuch' }), { code: 'data/unknown-split', message: /train, valid, test/ });
    loaded.dispose();
  }
  t.is(results.length, 2);
});

const parts = ['config.json', 'codecs.json', 'manifest.json', 'model.safetensors', 'numbers.json', 'optimizer.safetensors', 'state.json'];
for (const name of parts)
  test.serial(`a checkpoint whose ${name} is cut or changed is refused`, async (t) => {
    for (const damage of ['cut', 'changed'] as const) {
      const copy = path.join(root, `damaged-${name}-${damage}`);
      cpSync(path.join(root, 'whole'), copy, { recursive: true });
      const file = path.join(copy, 'checkpoints/step-000020', name);
      const bytes = readFileSync(file);
      if (damage === 'cut') truncateSync(file, Math.floor(bytes.length / 2));
      else
        writeFileSync(
          file,
          bytes.map((byte, i) => (i === Math.floor(bytes.length / 2) ? byte ^ 1 : byte)),
        );
      const error = await t.throwsAsync(loadModel(path.join(copy, 'checkpoints/step-000020'), { plugins: [toy] }), {
        code: 'checkpoint/corrupt',
      });
      t.true(error!.message.includes(name) || name === 'manifest.json', error!.message);
    }
  });

test.serial('a checkpoint without a manifest, or with files that are JSON of another kind, is refused', async (t) => {
  const copy = path.join(root, 'odd');
  const checkpoint = path.join(copy, 'checkpoints/step-000020');
  const odd = {
    'manifest.json': ['{"a":1}', '{"files":null}', '[]'],
    'codecs.json': ['null', '[1]'],
    'state.json': ['{}', 'null', '[]', '5'],
  };
  for (const [name, contents] of Object.entries(odd))
    for (const content of contents) {
      cpSync(path.join(root, 'whole'), copy, { recursive: true });
      // A manifest that fits, so that the file itself has to be looked at.
      const bytes = new TextEncoder().encode(content);
      const manifest = JSON.parse(readFileSync(path.join(checkpoint, 'manifest.json'), 'utf8'));
      manifest.files[name] = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
      writeFileSync(path.join(checkpoint, 'manifest.json'), JSON.stringify(manifest));
      writeFileSync(path.join(checkpoint, name), bytes);
      const error = await t.throwsAsync(run('odd', { steps: 24, resume: true }), { code: 'checkpoint/corrupt' });
      t.true(error!.message.includes(name), error!.message);
      rmSync(copy, { recursive: true });
    }
  cpSync(path.join(root, 'whole'), copy, { recursive: true });
  rmSync(path.join(checkpoint, 'manifest.json'));
  await t.throwsAsync(run('odd', { steps: 24, resume: true }), { code: 'checkpoint/corrupt', message: /manifest\.json: no such file/ });
  // Without its training state it is a model folder, which needs no manifest.
  for (const name of ['state.json', 'optimizer.safetensors']) rmSync(path.join(checkpoint, name));
  (await loadModel(checkpoint, { plugins: [toy] })).dispose();
});

test.serial('tensors that the manifest does not list are none', async (t) => {
  const copy = path.join(root, 'unlisted');
  const checkpoint = path.join(copy, 'checkpoints/step-000020');
  for (const [name, code] of [
    ['model.safetensors', 'checkpoint/missing-file'],
    ['optimizer.safetensors', 'checkpoint/no-state'],
  ] as const) {
    cpSync(path.join(root, 'whole'), copy, { recursive: true });
    const manifest = JSON.parse(readFileSync(path.join(checkpoint, 'manifest.json'), 'utf8'));
    delete manifest.files[name];
    writeFileSync(path.join(checkpoint, 'manifest.json'), JSON.stringify(manifest));
    await t.throwsAsync(run('unlisted', { steps: 24, resume: true }), { code, message: new RegExp(`no ${name.replace('.', '\\.')}`) });
    rmSync(copy, { recursive: true });
  }
});

test.serial('a checkpoint that was read is closed, whatever came of it', async (t) => {
  const checkpoint = await readCheckpoint(path.join(root, 'whole/checkpoints/step-000020'));
  const [[, weight] = []] = checkpoint.weights;
  t.true(weight!.values.length > 0);
  await checkpoint.close();
  t.throws(() => weight!.values, { code: 'checkpoint/closed' });
  // Where the system says what is open, nothing of a run's is.
  const held = (): string[] =>
    readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/self/fd/${fd}`)].filter((file) => file.startsWith(path.join(root, 'open')));
      } catch {
        return [];
      }
    });
  if (!existsSync('/proc/self/fd')) return;
  await run('open', { steps: 4 });
  (await loadModel(path.join(root, 'open'), { plugins: [toy] })).dispose();
  await t.throwsAsync(loadModel(path.join(root, 'open'), { plugins: [] }));
  await run('open', { steps: 5, resume: true });
  const changed = { ...toyConfig, model: { ...toyConfig.model, feedForward: 64 } };
  await t.throwsAsync(run('open', { steps: 6, resume: true, config: changed }), { code: 'run/changed' });
  t.deepEqual(held(), []);
});

test.serial('a run, a checkpoint and the pointers to one are models', async (t) => {
  const checkpoints = path.join(root, 'whole/checkpoints');
  for (const name of ['latest', 'best']) {
    const pointer = path.join(checkpoints, name);
    const model = await loadModel(pointer, { plugins: [toy] });
    t.is(model.folder, path.join(checkpoints, readFileSync(pointer, 'utf8').trim()));
    model.dispose();
  }
  const dangling = path.join(root, 'latest');
  writeFileSync(dangling, 'step-000099\n');
  await t.throwsAsync(loadModel(dangling, { plugins: [toy] }), { code: 'model/not-found', message: /step-000099: no such folder/ });
});

test.serial('folders that are no models are refused', async (t) => {
  await t.throwsAsync(loadModel(path.join(root, 'nowhere'), { plugins: [toy] }), { code: 'model/not-found' });
  await t.throwsAsync(loadModel(root, { plugins: [toy] }), { code: 'checkpoint/missing-file' });
});
