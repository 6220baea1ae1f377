import test from 'ava';
import { sourceFiles } from './source-files.js';

const rank: Readonly<Record<string, number>> = { oracles: -1, engine: 0, core: 1, testing: 2, text: 2, vision: 2, graph: 2, cli: 3 };

test('packages depend one way, and a modality never imports another', (t) => {
  const broken = sourceFiles().flatMap(({ pkg, name, code }) =>
    [...code.matchAll(/(?:from|import\()\s*'@anyformer\/([a-z]+)/g)]
      .filter(([, to]) => (rank[to!] ?? 9) >= rank[pkg]!)
      .map(([, to]) => `${name} imports @anyformer/${to}`),
  );
  t.deepEqual(broken, []);
});

test('core and engine name no modality outside comments', (t) => {
  const named = sourceFiles()
    .filter(({ pkg }) => pkg === 'core' || pkg === 'engine')
    .flatMap(({ name, code }) =>
      [...code.matchAll(/(?<![a-zA-Z])(text|tokens?|images?|pixels?|patch(?:es)?|vision|graphs?|op-?graph)(?![a-zA-Z])/gi)].map(
        ([word]) => `${name}: ${word}`,
      ),
    );
  t.deepEqual(named, []);
});

test('what a browser needs imports nothing from node', (t) => {
  const clean =
    /^packages\/(engine\/src\/(ops|backend|kernels)|core\/src\/(contract|random|parameters|layers|positions|transformer|model|tasks|decode|optimize|config|inspect|data)|text\/src\/(codecs|metrics|corpora|modality|codec\.|embedder)|vision\/src\/(modality|codec|embedder|tasks|data)|graph\/src)/;
  const broken = sourceFiles()
    .filter(({ name, code }) => clean.test(name) && /(?:from|import\(|require\()\s*['"]node:/.test(code))
    .map(({ name }) => name);
  t.deepEqual(broken, []);
});

test('nothing draws from Math.random or from the generators of tfjs', (t) => {
  const drawing = sourceFiles()
    .filter(({ code }) => /Math\.random\(|tf\.(random\w+|dropout|multinomial|truncatedNormal)\(/.test(code))
    .map(({ name }) => name);
  t.deepEqual(drawing, []);
});

test('files stay readable: none over 300 lines, the median under 100', (t) => {
  const lengths = sourceFiles().map(({ name, text }) => ({ name, lines: text.split('\n').length }));
  t.deepEqual(
    lengths.filter(({ lines }) => lines > 301).map(({ name, lines }) => `${name}: ${lines}`),
    [],
  );
  const sorted = lengths.map(({ lines }) => lines).sort((a, b) => a - b);
  t.true(sorted[sorted.length >> 1]! < 100);
});

test('file names are kebab-case and say what they hold', (t) => {
  const odd = sourceFiles({ tests: true })
    .map(({ name }) => name)
    .filter((name) => {
      const file = name.split('/').at(-1)!;
      return !/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|test-support))?\.ts$/.test(file) || /^(utils?|helpers?|common|misc)\./.test(file);
    });
  t.deepEqual(odd, []);
});

test('tests hold no focus and no machine paths', (t) => {
  const odd = sourceFiles({ tests: true })
    .filter(({ code }) => /\btest\.only\(|['"`]\/(work|farm|root|home)\//.test(code))
    .map(({ name }) => name);
  t.deepEqual(odd, []);
});
