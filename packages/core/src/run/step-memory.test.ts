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

const run = (what: 'plan' | 'train', engine: string, recompute: boolean): Record<string, number> & { readonly total: number } =>
  JSON.parse(
    execFileSync(
      process.execPath,
      [
        // When V8 collects depends on what else the machine does. With a small young generation that matters little even to a small model.
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

for (const { id } of loading)
  test.serial(`${id}: what plan says of memory is within 10 % of what a run takes, with recomputation and without`, (t) => {
    const activations: number[] = [];
    for (const recompute of [false, true]) {
      const planned = run('plan', id, recompute);
      const { total } = run('train', id, recompute);
      const { total: said, steps, ...parts } = planned;
      t.log(`${recompute ? 'recomputed' : 'kept'}: ${said! >> 20} MB planned, ${total! >> 20} MB taken, in ${steps} steps`);
      t.true(Math.abs(said! - total!) < 0.1 * total!);
      t.is(
        Object.values(parts).reduce((a, b) => (a ?? 0) + (b ?? 0)),
        said,
      );
      activations.push(parts.activations!);
    }
    t.true(activations[1]! < 0.6 * activations[0]!);
  });
