import { spawnSync } from 'node:child_process';
import test from 'ava';
import { AnyformerError } from '../error.js';
import * as tf from '../tf.js';
import { measureEngine } from './measure.js';
import { currentEngine, probeEngines, useEngine } from './use-engine.js';

const index = new URL('../index.js', import.meta.url).href;

function run(code: string, env: Record<string, string> = {}): { status: number | null; stdout: string; ms: number; cpuMs: number } {
  const started = performance.now();
  const before = process.resourceUsage().userCPUTime;
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', `import * as engine from '${index}'; ${code}`], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 60_000,
  });
  return { status, stdout, ms: performance.now() - started, cpuMs: (process.resourceUsage().userCPUTime - before) / 1000 };
}

test.serial('an unknown engine is refused with the list and the near name, for exit code 3', async (t) => {
  const error = await t.throwsAsync(useEngine({ engine: 'wams' }), { instanceOf: AnyformerError });
  t.is((error as AnyformerError).code, 'engine/unknown');
  t.is((error as AnyformerError).exit, 3);
  t.regex(error!.message, /'wams'.*native, wasm, tensorflow, cpu.*'wasm'/);
});

test.serial('threads that are no whole number from 1 are refused', async (t) => {
  for (const engine of ['native', 'wasm', 'cpu'])
    for (const threads of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
      await t.throwsAsync(useEngine({ engine, threads }), { code: 'engine/threads' } as object, `${engine}, ${threads}`);
});

test.serial('an engine that does not load is an error when asked for by name', async (t) => {
  const missing = (await probeEngines()).find(({ loads }) => !loads);
  if (!missing) return t.pass();
  t.true(missing.reason.length > 0 && missing.fix.length > 0);
  const error = await t.throwsAsync(useEngine({ engine: missing.id }), { instanceOf: AnyformerError });
  t.is((error as AnyformerError).exit, 3);
});

test.serial('before a choice there is no current engine; afterwards asking again changes nothing', async (t) => {
  t.throws(currentEngine, { code: 'engine/none' } as object);
  const first = await useEngine({ engine: 'wasm', threads: 2 });
  t.is(await useEngine({ engine: 'wasm', threads: 2 }), first);
  t.deepEqual([currentEngine().id, currentEngine().threads], ['wasm', 2]);
});

test.serial('tensors follow when the engine changes', async (t) => {
  await useEngine({ engine: 'wasm', threads: 1 });
  const x = tf.tensor1d([1, 2, 3]);
  const kept = tf.clone(x);
  await useEngine({ engine: 'cpu' });
  const doubled = tf.mul(x, 2);
  await useEngine({ engine: 'wasm', threads: 2 });
  const sum = tf.add(doubled, kept);
  t.deepEqual([...(await sum.data())], [3, 6, 9]);
  await useEngine({ engine: 'wasm', threads: 1 });
  t.deepEqual([...(await tf.add(sum, x).data())], [4, 8, 12]);
});

test.serial('measuring an engine leaves the one in use in use', async (t) => {
  await useEngine({ engine: 'wasm', threads: 1 });
  const speed = await measureEngine('wasm');
  t.true(speed.gigaflops > 0.5 && speed.trainingStepMs > 0);
  t.is(currentEngine().threads, 1);
});

test.serial('ANYFORMER_ENGINE chooses, an option beats it, and nonsense is refused', (t) => {
  const show = 'console.log((await engine.useEngine()).id)';
  t.is(run(show, { ANYFORMER_ENGINE: 'cpu' }).stdout.trim(), 'cpu');
  t.is(run("console.log((await engine.useEngine({ engine: 'wasm' })).id)", { ANYFORMER_ENGINE: 'cpu' }).stdout.trim(), 'wasm');
  t.is(run('await engine.useEngine().catch((e) => process.exit(e.exit))', { ANYFORMER_ENGINE: 'nonsense' }).status, 3);
  t.is(run(show, { ANYFORMER_NATIVE: 'off', ANYFORMER_ENGINE: '' }).stdout.trim(), 'wasm');
});

test.serial('worker threads sleep while idle and never keep the process alive', (t) => {
  const work =
    "await engine.useEngine({ engine: 'wasm', threads: 4 }); const { tf } = engine; const x = tf.fill([300, 300], 1); (await tf.matMul(x, x).data());";
  const ended = run(work);
  t.is(ended.status, 0);
  t.true(ended.ms < 30_000);
  const idle = run(
    `${work} const a = process.cpuUsage(); await new Promise((r) => setTimeout(r, 1000)); console.log(process.cpuUsage(a).user + process.cpuUsage(a).system)`,
  );
  t.true(Number(idle.stdout) < 400_000, `${idle.stdout} us of processor time in an idle second of 3 workers`);
});
