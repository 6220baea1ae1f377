import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';

const root = new URL('../../', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('prebuilt/manifest.json', root), 'utf8')) as {
  source: string;
  compiler: string;
  binaries: Record<string, string>;
};

test('the prebuilt files were built from the C source that is here', (t) => {
  const hash = createHash('sha256');
  const files = ['addon', 'src'].flatMap((folder) => readdirSync(new URL(`native/${folder}/`, root)).map((name) => `${folder}/${name}`));
  for (const name of files.sort()) hash.update(`${name}\n`).update(readFileSync(new URL(`native/${name}`, root)));
  t.is(hash.digest('hex'), manifest.source, 'the source changed: run node packages/engine/scripts/build-kernels.mjs');
});

test('every prebuilt file is the one the manifest names, and none is missing or unknown', (t) => {
  const files = ['native', 'wasm'].flatMap((folder) =>
    readdirSync(new URL(`prebuilt/${folder}/`, root)).map((name) => `${folder}/${name}`),
  );
  t.deepEqual(files.sort(), Object.keys(manifest.binaries).sort());
  for (const [name, wanted] of Object.entries(manifest.binaries)) {
    const given = createHash('sha256')
      .update(readFileSync(new URL(`prebuilt/${name}`, root)))
      .digest('hex');
    t.is(given, wanted, name);
  }
  t.is(manifest.compiler, 'ziglang 0.17.1');
});
