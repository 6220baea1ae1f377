import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { anyformer, smallConfig, testFolder } from '../process.test-support.js';

const { folder, written } = testFolder(test);
const at = (name: string): string => path.join(folder, name);
const config = written('small.yaml', smallConfig);

/** Fails with one clear message, no stack, nothing on stdout, and no run left behind. */
const refused = async (
  t: {
    is: (a: unknown, b: unknown, message?: string) => unknown;
    regex: (a: string, b: RegExp) => unknown;
    false: (a: boolean) => unknown;
    deepEqual: (a: unknown, b: unknown, message?: string) => unknown;
  },
  given: readonly string[],
  exit: number,
  message: RegExp,
  env: Record<string, string> = {},
): Promise<void> => {
  const ended = await anyformer(given, { cwd: folder, env });
  t.is(ended.exit, exit, `${given.join(' ')}: ${ended.err}`);
  t.regex(ended.err, message);
  t.regex(ended.err, /\[[a-z-]+\/[a-z-]+\]\n$/);
  t.false(ended.err.includes('\n    at '));
  t.is(ended.out, '');
  t.deepEqual(
    readdirSync(folder).filter((name) => name === 'never'),
    [],
    given.join(' '),
  );
};

test('configs', async (t) => {
  mkdirSync(at('folder.yaml'));
  written('typo.yaml', `${smallConfig}optimzer: {}\n`);
  written('syntax.yaml', 'a: [1, 2\n b: }');
  written('empty.yaml', '');
  written('kind.yaml', smallConfig.replace('kind: vision', 'kind: vison'));
  written('option.yaml', smallConfig.replace('channels', 'chanels'));
  written('task.yaml', smallConfig.replace('input: pictures', 'input: picture'));
  written('twice.yaml', smallConfig.replace('tasks:', '  pictures: { kind: graph, features: 3 }\ntasks:'));
  written('tasks.yaml', smallConfig.replace(/tasks:[\s\S]*?model:/, 'tasks: {}\nmodel:'));
  const run = ['--run', 'never'];
  await refused(t, ['train', 'missing.yaml', ...run], 2, /missing\.yaml: no such file/);
  await refused(t, ['train', 'folder.yaml', ...run], 2, /a folder/);
  await refused(t, ['train', 'typo.yaml', ...run], 2, /typo\.yaml:\d+:1: .*unknown key 'optimzer'/);
  await refused(t, ['train', 'syntax.yaml', ...run], 2, /syntax\.yaml:\d+:\d+/);
  await refused(t, ['train', 'empty.yaml', ...run], 2, /empty/);
  await refused(t, ['train', 'kind.yaml', ...run], 2, /kind\.yaml:3:3: .*'vison'.*Did you mean 'vision'/);
  await refused(t, ['train', 'option.yaml', ...run], 2, /option\.yaml:3:\d+: .*'chanels'; did you mean 'channels'/);
  await refused(t, ['train', 'task.yaml', ...run], 2, /task\.yaml:5:3: .*'picture'.*Did you mean 'pictures'/);
  await refused(t, ['train', 'twice.yaml', ...run], 2, /twice\.yaml:4:3: this key is there twice/);
  await refused(t, ['train', 'tasks.yaml', ...run], 2, /no task/);
  await refused(t, ['train', config, '--set', 'model.width=abc', ...run], 2, /--set model\.width=abc/);
  await refused(t, ['train', config, '--set', 'train.schedule.kind=nonsense', ...run], 2, /--set train\.schedule\.kind=nonsense/);
  await refused(
    t,
    ['train', config, '--set', 'train.best=shape/accurcy', ...run],
    2,
    /--set train\.best=shape\/accurcy: .*Did you mean 'shape\/accuracy'/,
  );
  const split = ['--set', 'train.evaluate={every: 1, split: vlaid}'];
  await refused(t, ['train', config, ...split, ...run], 2, /--set train\.evaluate=.*: .*split 'vlaid'.*Did you mean 'valid'/);
  await refused(t, ['train', config, '--set', '__proto__.x=1', ...run], 2, /unknown key '__proto__'/);
  await refused(t, ['train', config, '--run', ' '], 2, /no name for its folder/);
  await refused(t, ['train', config, '--engine', 'nonsense', ...run], 3, /no engine is called 'nonsense'; accepted: native, wasm/);
  await refused(t, ['train', config, ...run], 3, /no engine is called/, { ANYFORMER_ENGINE: 'nonsense' });
  await refused(t, ['evaluate', 'nowhere'], 2, /nowhere: no such folder/);
  await refused(t, ['evaluate', folder], 2, /config\.json/);
});

test('plug-ins', async (t) => {
  const plugin = (name: string, version: string, kind: string): string =>
    written(
      `${name}.ts`,
      `import { definePlugin } from '@anyformer/core';
import { z } from 'zod';
const kind: string = '${kind}';
export default definePlugin({ name: '${name}', apiVersion: ${version}, modalities: [{ kind, options: z.strictObject({}), create() { throw new Error('no'); } }] });
`,
    );
  plugin('old', '0', 'melody');
  plugin('clash', '1', 'vision');
  plugin('fine', '1', 'melody');
  const naming = (entry: string): string => written(`with-${entry.replace(/\W/g, '')}.yaml`, `plugins: ['${entry}']\n${smallConfig}`);
  await refused(
    t,
    ['train', naming('./finer.ts'), '--run', 'never'],
    2,
    /yaml:1:\d+: .*'\.\/finer\.ts': not found; tried .*did you mean '\.\/fine\.ts'/i,
  );
  await refused(t, ['train', naming('anyformer-nowhere'), '--run', 'never'], 2, /not found; tried .*node_modules/);
  await refused(t, ['train', naming('./old.ts'), '--run', 'never'], 2, /version 0 .*accepted: version 1/);
  await refused(t, ['train', naming('./clash.ts'), '--run', 'never'], 2, /'clash'.*'vision'.*'@anyformer\/vision'/);
  const good = await anyformer(['train', naming('./fine.ts'), '--run', at('fine'), '--steps', '1'], { cwd: '/' });
  t.is(good.exit, 0, good.err);
  const evaluated = await anyformer(['evaluate', at('fine'), '--json'], { cwd: '/' });
  t.is(evaluated.exit, 0, 'a stored model finds its plug-ins again');
});

test('a command of a plug-in runs with lines, options, JSON and progress', async (t) => {
  written(
    'shout.ts',
    `import { apiVersion, AnyformerError, type Command, definePlugin } from '@anyformer/core';
const shout: Command = {
  name: 'shout loudly',
  describe: 'lines in capitals',
  arguments: [{ name: 'WORD...', describe: 'first', required: false, variadic: true }],
  options: [{ flags: '-t, --times-more <number>', describe: 'how often', default: 1, parse: (text) => {
    if (Number(text) > 0) return Number(text);
    throw new AnyformerError({ code: 'shout/times', who: '--times-more', given: text, accepted: 'more', exit: 2 });
  } }],
  examples: ['anyformer shout loudly'],
  async run({ arguments: [words], options, json, input, out, note, progress }) {
    const bar = progress('shouting', 2);
    for (const word of words as string[]) await out(word);
    for await (const line of input) await out((json ? JSON.stringify(line) : line.toUpperCase()).repeat(options.timesMore));
    bar.end();
    note('done');
  },
};
export default definePlugin({ name: 'shout', apiVersion, commands: [shout] });
`,
  );
  const call = (...given: string[]) => anyformer(['--plugin', './shout.ts', ...given], { cwd: folder, input: 'grüße\nb' });
  t.deepEqual(await call('shout', 'loudly', 'x', 'y', '-t', '2'), { exit: 0, out: 'x\ny\nGRÜSSEGRÜSSE\nBB\n', err: 'done\n' });
  t.is((await call('shout', 'loudly', '--json')).out, '"grüße"\n"b"\n');
  const wrong = await call('shout', 'loudly', '-t', '0');
  t.is(wrong.exit, 2);
  t.regex(wrong.err, /--times-more: 0; accepted: more/);
  t.regex((await call('--help')).out, /Commands of shout:\n {2}shout/);
});

test('models whose files are cut, gone or foreign', async (t) => {
  await anyformer(['train', config, '--run', at('ok'), '--steps', '2']);
  const checkpoint = path.join('checkpoints', readdirSync(at('ok/checkpoints')).find((name) => name.startsWith('step-'))!);
  for (const file of readdirSync(path.join(at('ok'), checkpoint))) {
    const bytes = readFileSync(path.join(at('ok'), checkpoint, file));
    for (const keep of file === 'model.safetensors' ? [0, 7, bytes.length >> 1] : [bytes.length >> 1]) {
      const cut = at('cut');
      rmSync(cut, { recursive: true, force: true });
      cpSync(at('ok'), cut, { recursive: true });
      writeFileSync(path.join(cut, checkpoint, file), bytes.subarray(0, keep));
      await refused(t, ['train', config, '--run', cut, '--resume', '--steps', '4'], 1, /\.(json|safetensors): .*accepted: /);
    }
  }
});

test('a run is taken up only with the model it was started with', async (t) => {
  await anyformer(['train', config, '--run', at('same'), '--steps', '2']);
  await refused(t, ['train', config, '--run', at('same'), '--resume', '--set', 'model.width=32'], 2, /model\.width: 16 then, 32 now/);
  await refused(t, ['evaluate', at('same'), '--split', 'nosuch'], 2, /nosuch.*accepted: train, valid, test/);
});
