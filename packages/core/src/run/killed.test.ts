import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { stream } from '../random/stream.js';

const root = mkdtempSync(path.join(tmpdir(), 'anyformer-killed-'));
test.after.always(() => rmSync(root, { recursive: true, force: true }));

const script = path.join(path.dirname(fileURLToPath(import.meta.url)), 'killed.test-support.js');
const steps = 60;

/** Runs the script; with a delay it is killed so many milliseconds later, unless it has ended. */
const attempt = (name: string, delay?: number): Promise<'ended' | 'killed'> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, path.join(root, name), String(steps)], { stdio: ['ignore', 'ignore', 'inherit'] });
    const timer = delay === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), delay);
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (signal === 'SIGKILL') resolve('killed');
      else if (code === 0) resolve('ended');
      else reject(new Error(`exit ${code}`));
    });
  });

const digest = (name: string): string =>
  createHash('sha256')
    .update(readFileSync(path.join(root, name, 'checkpoints', `step-${String(steps).padStart(6, '0')}`, 'model.safetensors')))
    .digest('hex');

test('25 kills at random moments, and every run ends with the bytes of the one that was not killed', async (t) => {
  t.timeout(280_000);
  const began = performance.now();
  await attempt('whole');
  const whole = performance.now() - began;
  const expected = digest('whole');
  const random = stream(1, 'kills');
  let kills = 0;
  for (let run = 0; kills < 25; run++) {
    const name = `run${run}`;
    // Until it ends by itself: each attempt is killed somewhere between its start and its end.
    while (kills < 25 && (await attempt(name, whole * (0.3 + 0.7 * random.uniform()))) === 'killed') kills++;
    await attempt(name);
    t.is(digest(name), expected, `after ${kills} kills`);
    const left = readdirSync(path.join(root, name, 'checkpoints')).filter((one) => !/^(step-\d{6}|latest|best)$/.test(one));
    t.deepEqual(left, []);
  }
  t.true(kills >= 25);
});
