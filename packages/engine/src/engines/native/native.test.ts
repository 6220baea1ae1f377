import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { probeEngines } from '../use-engine.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const loads = (await probeEngines()).find(({ id }) => id === 'native')!.loads;

/** Runs code against the engine in a folder, as `engine`. */
function run(folder: string, code: string, env: Record<string, string> = {}): { status: number | null; stdout: string; stderr: string } {
  const index = new URL(`file://${path.join(folder, 'dist/index.js')}`).href;
  return spawnSync(process.execPath, ['--input-type=module', '-e', `import * as engine from '${index}'; ${code}`], {
    encoding: 'utf8',
    env: { ...process.env, ANYFORMER_ENGINE: '', ...env },
    timeout: 60_000,
  });
}

/** A copy of the package whose addons were changed. */
function copyWith(change: (addon: string) => void): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'anyformer-engine-'));
  for (const part of ['dist', 'prebuilt', 'package.json']) cpSync(path.join(root, part), path.join(folder, part), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  const native = path.join(folder, 'prebuilt/native');
  for (const name of readdirSync(native)) change(path.join(native, name));
  return folder;
}

const show =
  'const { id, passedOver } = await engine.useEngine(); const x = engine.tf.fill([3, 3], 2); console.log(id, passedOver, (await engine.tf.matMul(x, x).data())[0]);';

test.serial('switched off it is wasm, and why is said in one line', (t) => {
  const { status, stdout } = run(root, show, { ANYFORMER_NATIVE: 'off' });
  t.is(status, 0);
  t.is(stdout.trim(), 'wasm engine native does not load (switched off by ANYFORMER_NATIVE=off): wasm is used 12');
  const named = run(root, "await engine.useEngine({ engine: 'native' }).catch((e) => { console.log(e.code); process.exit(e.exit); })", {
    ANYFORMER_NATIVE: 'off',
  });
  t.deepEqual([named.status, named.stdout.trim()], [3, 'engine/native']);
});

test.serial('a build can be asked for by its instructions; what is none means wasm, and says what there is', (t) => {
  const none = run(root, show, { ANYFORMER_NATIVE: 'sse' });
  t.is(none.status, 0, none.stderr);
  t.regex(
    none.stdout,
    /^wasm engine native does not load \((ANYFORMER_NATIVE=sse is none of off, .+|.*not built for .+)\): wasm is used 12\n$/,
  );
  if (!loads) return;
  const simd = /native (\S+) /.exec(run(root, 'const { id, simd } = await engine.useEngine(); console.log(id, simd, 1)').stdout)![1]!;
  t.is(run(root, 'console.log((await engine.useEngine()).simd)', { ANYFORMER_NATIVE: simd }).stdout.trim(), simd);
  if (simd === 'avx512')
    t.is(run(root, 'console.log((await engine.useEngine()).simd)', { ANYFORMER_NATIVE: 'avx2' }).stdout.trim(), 'avx2');
});

(loads ? test.serial : test.serial.skip)('a machine of a hundred cores has a hundred threads', (t) => {
  const { status, stdout, stderr } = run(
    root,
    "const { threads } = await engine.useEngine({ engine: 'native', threads: 100 }); const x = engine.tf.ones([700, 700]); const y = await engine.tf.matMul(x, x).data(); console.log(threads, y.every((one) => one === 700));",
  );
  t.deepEqual([status, stdout.trim()], [0, '100 true'], stderr);
});

for (const [what, change] of [
  ['cut off', (addon) => truncateSync(addon, 3000)],
  ['empty', (addon) => truncateSync(addon, 0)],
  ['something else', (addon) => writeFileSync(addon, 'not a library\n'.repeat(1000))],
  ['missing', (addon) => rmSync(addon)],
] as [string, (addon: string) => void][])
  test.serial(`an addon that is ${what} means wasm, and no crash`, (t) => {
    const folder = copyWith(change);
    try {
      const { status, stdout, stderr } = run(folder, show);
      t.is(status, 0, stderr);
      t.regex(stdout, /^wasm engine native does not load \(.+\): wasm is used 12\n$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

/** A test of the addon itself: skipped where it does not load. */
const whereItLoads = loads ? test.serial : test.serial.skip;

whereItLoads('two threads of one process do not share it: the second is told, and gets wasm', (t) => {
  const code = `
      import { Worker, isMainThread, parentPort } from 'node:worker_threads';
      console.log((await engine.useEngine()).id);
      const worker = new Worker("import('" + process.argv[1] + "').then(async (engine) => console.log((await engine.useEngine()).passedOver))", { eval: true });
      worker.on('error', (error) => console.log(error.message));`;
  const index = new URL(`file://${path.join(root, 'dist/index.js')}`).href;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', `import * as engine from '${index}'; ${code}`, index], {
    encoding: 'utf8',
    env: { ...process.env, ANYFORMER_ENGINE: '' },
    timeout: 60_000,
  });
  t.regex(stdout, /^native\nengine native does not load \(.*another thread of this process uses it.*\): wasm is used\n$/);
});

whereItLoads('the process ends by itself, and idle threads cost nothing', (t) => {
  const { status, stdout } = run(
    root,
    'await engine.useEngine({ threads: 4 }); const { tf } = engine; const x = tf.fill([300, 300], 1); (await tf.matMul(x, x).data()); const a = process.cpuUsage(); await new Promise((r) => setTimeout(r, 1000)); console.log(process.cpuUsage(a).user + process.cpuUsage(a).system)',
  );
  t.is(status, 0);
  t.true(Number(stdout) < 400_000, `${stdout} us of processor time in an idle second`);
});
