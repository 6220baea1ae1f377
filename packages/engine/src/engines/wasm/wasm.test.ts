import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { run, show, withChanged } from '../changed-package.test-support.js';

const off = { ANYFORMER_NATIVE: 'off' };
/** Replaces modules by one that exports nothing. */
const foreign =
  (...names: string[]) =>
  (prebuilt: string): void => {
    for (const name of names) writeFileSync(path.join(prebuilt, 'wasm', `${name}.wasm`), Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  };

test.serial('a module that is damaged is passed over with a line', (t) => {
  const change = foreign('relaxed-simd', 'relaxed-simd-threads');
  const { stdout } = withChanged(change, (folder) => run(folder, show, off));
  t.regex(stdout, /^wasm .*; relaxed-simd(-threads)?\.wasm is not what was built: simd128 is used 12\n$/);
});

test.serial('where the modules with threads are broken, one thread is used unless more were asked for', (t) => {
  const threads =
    'console.log((await engine.useEngine({ engine: "wasm" })).threads); await engine.useEngine({ engine: "wasm", threads: 2 }).catch((e) => console.log(e.code, e.exit));';
  const change = foreign('relaxed-simd-threads', 'simd128-threads');
  t.is(withChanged(change, (folder) => run(folder, threads, off)).stdout, '1\nengine/wasm 3\n');
});

test.serial('a module that the manifest knows nothing of must have what the engine calls', (t) => {
  const change = (prebuilt: string): void => {
    rmSync(path.join(prebuilt, 'manifest.json'));
    foreign('relaxed-simd', 'relaxed-simd-threads', 'simd128', 'simd128-threads')(prebuilt);
  };
  const asked = 'await engine.useEngine({ engine: "wasm" }).catch((e) => console.log(e.code, e.exit));';
  t.is(withChanged(change, (folder) => run(folder, asked, off)).stdout, 'engine/wasm 3\n');
});
