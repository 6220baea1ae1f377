import { readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root, run, show, withChanged } from '../changed-package.test-support.js';
import { probeEngines } from '../use-engine.js';

const loads = (await probeEngines()).find(({ id }) => id === 'native')!.loads;

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
    const everyAddon = (prebuilt: string): void => {
      for (const name of readdirSync(path.join(prebuilt, 'native'))) change(path.join(prebuilt, 'native', name));
    };
    const { status, stdout, stderr } = withChanged(everyAddon, (folder) => run(folder, show));
    t.is(status, 0, stderr);
    t.regex(stdout, /^wasm engine native does not load \(.+\): wasm is used 12\n$/);
  });

/** A test of the addon itself: skipped where it does not load. */
const whereItLoads = loads ? test.serial : test.serial.skip;

whereItLoads('a better build that is damaged is passed over with a line', (t) => {
  const simd = /native (\S+) /.exec(run(root, 'const { id, simd } = await engine.useEngine(); console.log(id, simd, 1)').stdout)![1]!;
  if (simd !== 'avx512') return t.pass('one build alone runs here');
  const cut = (prebuilt: string): void => truncateSync(path.join(prebuilt, 'native', 'linux-x64-avx512.node'), 3000);
  const { stdout } = withChanged(cut, (folder) => run(folder, show));
  t.is(stdout, 'native linux-x64-avx512.node is not what was built: avx2 is used 12\n');
});

test.serial('without a readable manifest no addon is loaded, and that is said', (t) => {
  for (const [content, said] of [
    [undefined, /^wasm .*manifest\.json cannot be read \(ENOENT.*wasm is used 12\n$/],
    ['[', /^wasm .*manifest\.json cannot be read \(.*wasm is used 12\n$/],
    ['[]', /^wasm .*(manifest\.json does not name native|not built for).*wasm is used 12\n$/],
  ] as const) {
    const change = (prebuilt: string): void => {
      if (content === undefined) rmSync(path.join(prebuilt, 'manifest.json'));
      else writeFileSync(path.join(prebuilt, 'manifest.json'), content);
    };
    const { stdout, stderr } = withChanged(change, (folder) => run(folder, show));
    if (loads) t.regex(stdout, said, stderr);
    else t.regex(stdout, /^wasm /);
  }
});

whereItLoads('two threads of one process do not share it: the second is told, and gets wasm', (t) => {
  const code = `
      import { Worker, isMainThread, parentPort } from 'node:worker_threads';
      console.log((await engine.useEngine()).id);
      const worker = new Worker("import('" + process.argv[1] + "').then(async (engine) => console.log((await engine.useEngine()).passedOver))", { eval: true });
      worker.on('error', (error) => console.log(error.message));`;
  const { stdout } = run(root, code);
  t.regex(stdout, /^native\nengine native does not load \(.*another thread of this process uses it.*\): wasm is used\n$/);
});

whereItLoads('a thread that used it may end, and the next one has it', (t) => {
  const code = `
      import { Worker } from 'node:worker_threads';
      const work = "import('" + process.argv[1] + "').then(async ({ useEngine, tf }) => { const { id } = await useEngine({ threads: 3 }); const x = tf.ones([300, 300]); console.log(id, (await tf.matMul(x, x).data())[0]); })";
      for (let i = 0; i < 3; i++) {
        const worker = new Worker(work, { eval: true });
        await new Promise((resolve) => worker.on('exit', resolve));
      }`;
  const { status, stdout, stderr } = run(root, code);
  t.deepEqual([status, stdout], [0, 'native 300\n'.repeat(3)], stderr);
});

whereItLoads('the process ends by itself, and idle threads cost nothing', (t) => {
  const { status, stdout } = run(
    root,
    'await engine.useEngine({ threads: 4 }); const { tf } = engine; const x = tf.fill([300, 300], 1); (await tf.matMul(x, x).data()); const a = process.cpuUsage(); await new Promise((r) => setTimeout(r, 1000)); console.log(process.cpuUsage(a).user + process.cpuUsage(a).system)',
  );
  t.is(status, 0);
  t.true(Number(stdout) < 400_000, `${stdout} us of processor time in an idle second`);
});
