import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { probeEngines } from '@anyformer/engine';
import test from 'ava';

const loading = (await probeEngines()).filter(({ id, loads }) => loads && (id === 'native' || id === 'wasm'));

const root = mkdtempSync(path.join(tmpdir(), 'anyformer-peak-'));
test.after.always(() => rmSync(root, { recursive: true, force: true }));

const run = (what: 'plan' | 'train', engine: string, recompute: boolean): Record<string, number> =>
  JSON.parse(
    execFileSync(
      process.execPath,
      [
        // When V8 collects depends on what else the machine does. With a small young generation that matters less.
        '--max-semi-space-size=2',
        fileURLToPath(new URL('peak.test-support.js', import.meta.url)),
        what,
        engine,
        `${recompute}`,
        path.join(root, `${engine}${recompute}`),
      ],
      { encoding: 'utf8' },
    ),
  );

const within = (share: number, of: number, a: number, b: number): boolean => Math.abs(a - b) < share * of;

for (const { id } of loading)
  test.serial(`${id}: what plan says of memory is what a run takes, with recomputation and without`, (t) => {
    const activations: number[] = [];
    for (const recompute of [false, true]) {
      const { total: said, process: rest, steps, ...parts } = run('plan', id, recompute);
      const { total, held } = run('train', id, recompute);
      t.log(`${recompute ? 'recomputed' : 'kept'}: ${said! >> 20} MB planned, ${total! >> 20} MB taken, in ${steps} steps`);
      const engine = Object.values(parts).reduce((a, b) => a! + b!, 0)!;
      t.is(engine + rest!, said!);
      // What the engine holds is the same in every run. The rest of a process this small is V8's, and its collector's timing moves it.
      t.true(within(0.1, total!, engine, held!), `${engine} planned, ${held} held`);
      t.true(within(0.3, total!, said!, total!), `${said} planned, ${total} taken`);
      activations.push(parts.activations!);
    }
    t.true(activations[1]! < 0.6 * activations[0]!);
  });
