import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { root } from './source-files.js';

const benchWith = (env: NodeJS.ProcessEnv, args: readonly string[]) =>
  promisify(execFile)(process.execPath, [path.join(root, 'scripts/bench.mjs'), 'engine', ...args], {
    encoding: 'utf8',
    timeout: 60_000,
    env,
  });
const bench = (...args: string[]) => benchWith(process.env, args);
const benchWithoutAddon = (...args: string[]) => benchWith({ ...process.env, ANYFORMER_NATIVE: 'off' }, args);

interface Line {
  readonly row: string;
  readonly engine: string;
  readonly threads: number;
  readonly ms: number | null;
  readonly rssMb: number | null;
  readonly torchMs: null;
  readonly torchRssMb: null;
  readonly ratio: null;
  readonly speedup: number | null;
  readonly reason?: string;
}

test.serial('the benchmark measures our engines alone where no Python is given, and says so, and which engine does not load', async (t) => {
  const { stdout, stderr } = await benchWithoutAddon(
    '--rows',
    'decode-tiny',
    '--engines',
    'wasm,native',
    '--threads',
    '1,2',
    '--repeat',
    '1',
    '--json',
  );
  const { rows } = JSON.parse(stdout) as { rows: Line[] };
  t.deepEqual(
    rows.map(({ row, engine, threads, torchMs, torchRssMb, ratio }) => ({ row, engine, threads, torchMs, torchRssMb, ratio })),
    [1, 2].flatMap((threads) =>
      ['wasm', 'native'].map((engine) => ({ row: 'decode-tiny', engine, threads, torchMs: null, torchRssMb: null, ratio: null })),
    ),
  );
  t.true(rows[0]!.ms! > 0 && rows[0]!.rssMb! > 20);
  t.is(rows[1]!.ms, null);
  t.deepEqual([rows[0]!.speedup, rows[1]!.speedup, rows[3]!.speedup], [null, null, null]);
  t.is(rows[2]!.speedup, Number((rows[0]!.ms! / rows[2]!.ms!).toFixed(2)));
  t.regex(rows[1]!.reason!, /switched off by ANYFORMER_NATIVE=off/);
  t.regex(stderr, /No --python given/);
});

test.serial('a profile divides the time of a repetition among the kernels and what is outside', async (t) => {
  const { stdout } = await bench('--rows', 'decode-tiny', '--engines', 'wasm', '--threads', '1', '--repeat', '1', '--profile', '--json');
  const [one] = (JSON.parse(stdout) as { rows: { ms: number; outside: number; calls: { name: string; share: number; calls: number }[] }[] })
    .rows;
  const ours = one!.calls.filter(({ name }) => !name.startsWith('js:'));
  const shares = one!.calls.reduce((sum, { share }) => sum + share, 0);
  t.true(shares > 0 && shares <= 1, `${shares} of the time`);
  t.true(one!.outside > 0 && one!.outside < 1, `${one!.outside} outside`);
  // 32 ids, each through 6 blocks with 6 square products: those of steps that are replayed in one go are counted too.
  const count = (kind: RegExp): number => ours.filter(({ name }) => kind.test(name)).reduce((sum, { calls }) => sum + calls, 0);
  t.is(count(/^matmul_packed_3 1x32\+32\+32x32 /), 32 * 6, 'queries, keys and values together');
  t.is(count(/^matmul\S* 1x32x32 /), 32 * 6 * 3);
});

test.serial('the products of the training rows are measured where they are asked for', async (t) => {
  const row = 'product-tn-256x256x1024';
  const { stdout } = await bench('--rows', row, '--engines', 'wasm', '--threads', '1', '--repeat', '1', '--json');
  const { rows } = JSON.parse(stdout) as { rows: (Line & { gflops: number })[] };
  t.deepEqual(
    rows.map(({ row }) => row),
    [row],
  );
  t.true(rows[0]!.gflops > 0.1);
});

test.serial('a row that is none is refused with the list', async (t) => {
  const error = (await t.throwsAsync(bench('--rows', 'decode-tinny'))) as Error & { code: number; stdout: string; stderr: string };
  t.is(error.code, 2);
  t.is(error.stdout, '');
  t.regex(error.stderr, /no row 'decode-tinny'; accepted: train-small, .* Did you mean 'decode-tiny'\?/);
});

test('engines, rows and threads that there are none of are refused', async (t) => {
  for (const [args, said] of [
    [['--engines', 'nonsense'], /no engine 'nonsense'; accepted: native, wasm/],
    [['--engines', 'wams'], /Did you mean 'wasm'/],
    [['--rows', ','], /--rows names none/],
    [['--threads', ''], /--threads names none/],
    [['--threads', '0'], /--threads 0/],
  ] as const) {
    const { code, stderr } = (await t.throwsAsync(bench(...args))) as unknown as { code: number; stderr: string };
    t.is(code, 2);
    t.regex(stderr, said);
  }
});
