// Builds native/src into prebuilt/, and writes the manifest that the tests hold against both.
//
//   pip install ziglang==0.17.1        (one pinned cross compiler for every target)
//   node packages/engine/scripts/build-kernels.mjs [python]
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const here = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..');
const sources = path.join(here, 'native/src');
const prebuilt = path.join(here, 'prebuilt');
const python = process.argv[2] ?? process.env.PYTHON ?? 'python3';
const pinned = '0.17.1';

const zig = (...args) =>
  execFileSync(python, ['-m', 'ziglang', ...args], { cwd: sources, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const version = zig('version').trim();
if (version !== pinned) throw new Error(`ziglang ${pinned} is needed, ${version} is installed: pip install ziglang==${pinned}`);

// -disable-lsr: LLVM's loop strength reduction turns constant offsets into additions that wasm engines do not fold back (5 % of a
// product). No contraction: a * b + c must be the same in every plain SIMD128 build; where it is fused the source says so.
const flags =
  '--target=wasm32-freestanding -std=c17 -O3 -ffreestanding -nostdlib -fno-math-errno -ffp-contract=off -fvisibility=hidden ' +
  '-msimd128 -mbulk-memory -mllvm -disable-lsr -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers -Wno-parentheses';
const linking =
  '-Wl,--no-entry,--import-memory,--max-memory=4294901760,--export-dynamic,--export=__stack_pointer,--export=__heap_base,--strip-all';
const variants = {
  simd128: '',
  'simd128-threads': '-matomics -DTHREADS',
  'relaxed-simd': '-mrelaxed-simd',
  'relaxed-simd-threads': '-mrelaxed-simd -matomics -DTHREADS',
};

const files = readdirSync(sources).sort();
const units = files.filter((name) => name.endsWith('.c'));
mkdirSync(path.join(prebuilt, 'wasm'), { recursive: true });
const binaries = {};
for (const [name, extra] of Object.entries(variants)) {
  const out = `wasm/${name}.wasm`;
  const shared = extra.includes('THREADS') ? ',--shared-memory' : '';
  zig('cc', ...`${flags} ${extra}`.trim().split(/\s+/), ...units, '-o', path.join(prebuilt, out), linking + shared);
  const bytes = readFileSync(path.join(prebuilt, out));
  binaries[out] = createHash('sha256').update(bytes).digest('hex');
  console.log(out, bytes.length);
}

const source = createHash('sha256');
for (const name of files) source.update(`${name}\n`).update(readFileSync(path.join(sources, name)));
const manifest = { source: source.digest('hex'), compiler: `ziglang ${version}`, binaries };
writeFileSync(path.join(prebuilt, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
