import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { probeEngines } from '@anyformer/engine';
import test from 'ava';

const loading = (await probeEngines()).filter(({ id, loads }) => loads && (id === 'native' || id === 'wasm'));

const root = mkdtempSync(path.join(tmpdir(), 'anyformer-checkpoint-memory-'));
test.after.always(() => rmSync(root, { recursive: true, force: true }));

const script = fileURLToPath(new URL('checkpoint-memory.test-support.js', import.meta.url));
const run = (engine: string, steps: number): { readonly step: number; readonly checkpoint: number } =>
  JSON.parse(execFileSync(process.execPath, [script, engine, path.join(root, engine), `${steps}`], { encoding: 'utf8' }));

for (const { id } of loading)
  test.serial(`${id}: neither a save nor going on from it takes memory of the size of what is saved`, (t) => {
    const first = run(id, 1);
    const folder = path.join(root, id, 'checkpoints/step-000001');
    const saved = readdirSync(folder).reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0);
    const second = run(id, 2);
    const more = { save: first.checkpoint - first.step, resume: second.checkpoint - first.step };
    t.log(`${saved >> 20} MB saved; ${more.save >> 20} MB more for the save, ${more.resume >> 20} MB to go on and save again`);
    t.true(saved > 150e6);
    t.true(more.save < saved / 4 && more.resume < saved / 2, JSON.stringify({ saved, ...more }));
  });
