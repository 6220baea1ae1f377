// Builds native/ into prebuilt/, and writes the manifest that the tests hold against both.
//
//   pip install ziglang==0.17.1        (one pinned cross compiler for every target)
//   node packages/engine/scripts/build-kernels.mjs [python] [target …]
//
// With targets (parts of file names: `avx2`, `wasm`) only those are built, and the manifest keeps the old source's hash: for trying things out.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { commandTable, sourceFiles, sourceHash } from './kernel-sources.mjs';

const here = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..');
const root = path.join(here, 'native');
const prebuilt = path.join(here, 'prebuilt');
const [python = process.env.PYTHON ?? 'python3', ...wanted] = process.argv.slice(2);
const pinned = '0.17.1';

const zig = (...args) =>
  execFileSync(python, ['-m', 'ziglang', ...args.flat()], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const version = zig('version').trim();
if (version !== pinned) throw new Error(`ziglang ${pinned} is needed, ${version} is installed: pip install ziglang==${pinned}`);

// No contraction: a * b + c must be the same in every plain SIMD128 build; where it is fused the source says so.
const flags =
  '-std=gnu17 -O3 -fno-math-errno -ffp-contract=off -fvisibility=hidden -g0 ' +
  '-Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers -Wno-parentheses';
// -disable-lsr: LLVM's loop strength reduction turns constant offsets into additions that wasm engines do not fold back (5 % of a product).
const wasmFlags = '--target=wasm32-freestanding -ffreestanding -nostdlib -msimd128 -mbulk-memory -mllvm -disable-lsr';
const wasmLinking =
  '-Wl,--no-entry,--import-memory,--max-memory=4294901760,--export-dynamic,--export=__stack_pointer,--export=__heap_base,--strip-all';
const wasm = {
  'wasm/simd128.wasm': '',
  'wasm/simd128-threads.wasm': '-matomics -DTHREADS',
  'wasm/relaxed-simd.wasm': '-mrelaxed-simd',
  'wasm/relaxed-simd-threads.wasm': '-mrelaxed-simd -matomics -DTHREADS',
};
const glibc = 'linux-gnu.2.28';
const native = {
  'native/linux-x64-avx2.node': { target: `x86_64-${glibc}`, cpu: 'x86_64_v3' },
  'native/linux-x64-avx512.node': { target: `x86_64-${glibc}`, cpu: 'x86_64_v4', define: '-DNEEDS_AVX512' },
  'native/linux-arm64.node': { target: `aarch64-${glibc}` },
  'native/darwin-x64-avx2.node': { target: 'x86_64-macos', cpu: 'x86_64_v3' },
  'native/darwin-arm64.node': { target: 'aarch64-macos' },
  'native/win32-x64-avx2.node': { target: 'x86_64-windows-gnu', cpu: 'x86_64_v3' },
};

const words = (line) => line.split(/\s+/).filter(Boolean);
const units = sourceFiles(root)
  .filter((name) => name.startsWith('src/') && name.endsWith('.c'))
  .map((name) => name.slice(4));
const require = createRequire(import.meta.url);
const scratch = mkdtempSync(path.join(tmpdir(), 'anyformer-kernels-'));

function buildWasm(out, extra) {
  const shared = extra.includes('THREADS') ? ',--shared-memory' : '';
  zig(
    'cc',
    words(`${flags} ${wasmFlags} ${extra}`),
    units.map((name) => `src/${name}`),
    '-o',
    out,
    wasmLinking + shared,
  );
}

/** The kernels are compiled for the processor in question, the addon around them for the plainest one. */
function buildNative(out, { target, cpu, define = '' }) {
  const headers = path.join(path.dirname(require.resolve('node-api-headers/package.json')), 'include');
  const common = words(`${flags} --target=${target} -fPIC -DTHREADS -DNAPI_VERSION=8 ${define}`);
  const objects = [];
  const compile = (source, ...more) => {
    const object = path.join(scratch, `${objects.length}.o`);
    zig('cc', common, more, '-c', source, '-o', object);
    objects.push(object);
  };
  const table = path.join(scratch, 'commands.c');
  writeFileSync(table, commandTable(root));
  const fast = cpu ? [`-mcpu=${cpu}`] : [];
  for (const name of units) compile(`src/${name}`, ...fast);
  compile(table, '-Iaddon', ...fast);
  compile('addon/threads.c');
  compile('addon/addon.c', '-I', headers);
  const linking = [];
  if (target.includes('linux')) linking.push('-Wl,-z,undefs,--build-id=none', '-lpthread');
  if (target.includes('macos')) linking.push('-Wl,-undefined,dynamic_lookup');
  if (target.includes('windows')) {
    const library = path.join(scratch, 'node.lib');
    const definition = path.join(path.dirname(require.resolve('node-api-headers/package.json')), 'def/node_api.def');
    const names = readFileSync(definition, 'utf8').replace(/^NAME.*$/m, 'NAME node.exe');
    const own = path.join(scratch, 'node.def');
    writeFileSync(own, names);
    zig('dlltool', '-m', 'i386:x86-64', '-d', own, '-l', library);
    linking.push(library);
  }
  zig('cc', `--target=${target}`, '-shared', '-s', '-o', out, objects, linking);
  // What the linker for Windows leaves beside it.
  for (const name of readdirSync(path.dirname(out))) if (/\.(lib|pdb)$/.test(name)) rmSync(path.join(path.dirname(out), name));
}

const binaries = {};
for (const [name, how] of Object.entries({ ...native, ...wasm })) {
  if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
  const out = path.join(prebuilt, name);
  mkdirSync(path.dirname(out), { recursive: true });
  if (name.startsWith('wasm/')) buildWasm(out, how);
  else buildNative(out, how);
  const bytes = readFileSync(out);
  binaries[name] = createHash('sha256').update(bytes).digest('hex');
  console.log(name, bytes.length);
}
rmSync(scratch, { recursive: true });

const manifestFile = path.join(prebuilt, 'manifest.json');
const before = wanted.length > 0 ? JSON.parse(readFileSync(manifestFile, 'utf8')) : { binaries: {} };
const manifest = {
  source: wanted.length > 0 ? before.source : sourceHash(root),
  compiler: `ziglang ${version}`,
  binaries: { ...before.binaries, ...binaries },
};
writeFileSync(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);
