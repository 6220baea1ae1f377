import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import ts from 'typescript';
import { root } from './source-files.js';

interface Sample {
  readonly page: string;
  readonly title: string;
  readonly language: string;
  readonly code: string;
}

const pages = (): string[] => [
  'README.md',
  ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.join('docs', file)),
  ...readdirSync(path.join(root, 'packages')).flatMap((pkg) =>
    readdirSync(path.join(root, 'packages', pkg)).includes('README.md') ? [path.join('packages', pkg, 'README.md')] : [],
  ),
];

const samples = (): Sample[] =>
  pages().flatMap((page) => {
    const text = readFileSync(path.join(root, page), 'utf8');
    return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(([, language, code], i) => ({
      page,
      title: `${page} #${i + 1}`,
      language: language!,
      code: code!,
    }));
  });

const typescript = samples().filter(({ language }) => language === 'ts');
const folder = path.join(root, 'test/dist/samples');

test.serial('every TypeScript sample compiles', (t) => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files = typescript.map(({ code }, i) => {
    const file = path.join(folder, `sample-${i}.ts`);
    writeFileSync(file, code);
    return file;
  });
  const base = ts.readConfigFile(path.join(root, 'tsconfig.base.json'), ts.sys.readFile).config.compilerOptions;
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...base, composite: false, declaration: false, declarationMap: false, noUnusedLocals: false },
    root,
  );
  const program = ts.createProgram(files, { ...options, outDir: folder, rootDir: folder });
  const problems = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics].map((problem) => {
    const i = Number(/sample-(\d+)/.exec(problem.file?.fileName ?? '')?.[1] ?? -1);
    return `${typescript[i]?.title ?? ''}: ${ts.flattenDiagnosticMessageText(problem.messageText, '\n')}`;
  });
  t.deepEqual(problems, []);
});

/** A folder with a small parallel text for each page: what a sample trains, the next one loads. */
const folders = new Map<string, string>();
test.after.always(() => {
  for (const folder of folders.values()) rmSync(folder, { recursive: true, force: true });
});

const folderOf = (page: string): string => {
  let cwd = folders.get(page);
  if (cwd === undefined) {
    cwd = mkdtempSync(path.join(tmpdir(), 'anyformer-sample-'));
    folders.set(page, cwd);
    const lines = (word: string): string => Array.from({ length: 200 }, (_, n) => `${word} ${n % 10} ${(n * 7) % 10}`).join('\n');
    for (const split of ['train', 'valid', 'test'])
      for (const [side, word] of [
        ['de', 'Zahl'],
        ['en', 'number'],
      ] as const)
        writeFileSync(path.join(cwd, `${split}.${side}`), `${lines(word)}\n`);
  }
  return cwd;
};

for (const [i, { page, title }] of typescript.entries())
  test.serial(`${title} runs`, async (t) => {
    const sample = path.join(folder, `sample-${i}.js`);
    await t.notThrowsAsync(promisify(execFile)(process.execPath, [sample], { cwd: folderOf(page), timeout: 120_000 }));
  });

test('a sample of the README is short', (t) => {
  for (const { title, code } of typescript.filter((one) => one.page === 'README.md')) {
    const lines = code.split('\n').filter((line) => line.trim() !== '').length;
    t.true(lines < 12, `${title}: ${lines} lines`);
  }
  t.true(typescript.filter((one) => one.page === 'README.md').length >= 3);
});

test('what a document links to is there', (t) => {
  for (const page of [...pages(), 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'benchmarks/README.md']) {
    const text = readFileSync(path.join(root, page), 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '');
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(https?:|#|mailto:)/.test(target!)) continue;
      t.true(existsSync(path.join(root, path.dirname(page), target!.replace(/#.*/, ''))), `${page}: ${target}`);
    }
  }
});

/** `npx anyformer …` lines of a shell sample: continuation lines joined, comments and pipes cut. */
const commands = (code: string): string[] =>
  code
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .flatMap((line) => /npx anyformer ([^|<>#]*)/.exec(line)?.[1]?.trim() ?? []);

test('every command in a shell sample exists and knows its options', (t) => {
  const known = new Map<string, string>();
  const bin = path.join(root, 'packages/cli/bin/anyformer.js');
  const help = (words: readonly string[]): string => {
    const key = words.join(' ');
    if (!known.has(key)) known.set(key, execFileSync(process.execPath, [bin, ...words, '--help'], { encoding: 'utf8' }));
    return known.get(key)!;
  };
  for (const { title, language, code } of samples()) {
    if (language !== 'sh') continue;
    for (const command of commands(code)) {
      const words = command.split(/\s+/);
      const name = words[0] === 'data' ? words.slice(0, 2) : words.slice(0, 1);
      const page = help(name);
      for (const [flag] of command.matchAll(/(?<=\s)--?[a-z][a-z-]*/g)) t.true(page.includes(flag), `${title}: ${command}: ${flag}`);
    }
  }
  t.pass();
});
