import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AnyformerError, parseConfig, runConfig } from '@anyformer/core';
import test from 'ava';
import { located } from './located.js';
import { parseOverride, readConfig } from './read.js';

const folder = mkdtempSync(path.join(tmpdir(), 'anyformer-config-'));
test.after.always(() => rmSync(folder, { recursive: true }));

const written = (name: string, text: string | Uint8Array): string => {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
};

const good = `seed: 1
modalities:
  pictures: { kind: vision, width: 8, height: 8, patch: 4 }
tasks:
  shape: { kind: shape-classification, input: pictures }
model: { preset: tiny, width: 32 }
train:
  steps: 10
  batch: { examples: 4 }
  schedule: { kind: constant, peak: 1.0e-3 }
`;

/** The message about a config that cannot be used, without its folder. */
const complaint = async (name: string, text: string | Uint8Array, sets: readonly string[] = []): Promise<string> => {
  try {
    const config = await readConfig(written(name, text), sets);
    try {
      parseConfig(runConfig, config.value);
      return 'none';
    } catch (error) {
      throw located(error, config);
    }
  } catch (error) {
    if (!(error instanceof AnyformerError) || error.exit !== 2) throw error;
    return error.message.replaceAll(`${folder}/`, '');
  }
};

test('a good config is read, as YAML and as JSON, and knows its folder', async (t) => {
  t.is(await complaint('good.yaml', good), 'none');
  const config = await readConfig(path.join(folder, 'good.yaml'), ['model.width=64', 'train.batch={examples: 8}']);
  t.is(config.directory, folder);
  t.like(config.value, { model: { preset: 'tiny', width: 64 }, train: { batch: { examples: 8 } } });
  t.is(await complaint('good.json', JSON.stringify(config.value, null, '\t')), 'none');
  const inner = await readConfig(written('inner.yaml', `${good}directory: data\n`));
  t.is(inner.value.directory, path.join(folder, 'data'));
});

test('an unknown key is told with file:line:column and its nearest neighbour', async (t) => {
  t.regex(await complaint('typo.yaml', `${good}optimzer: {}\n`), /^typo\.yaml:11:1: optimzer: unknown key 'optimzer'.*Accepted: .*train/);
  t.regex(
    await complaint('inner.yaml', good.replace('steps', 'step')),
    /inner\.yaml:8:3: train\.step: unknown key 'step'; did you mean 'steps'\?/,
  );
  t.regex(await complaint('inner.yaml', good.replace('examples: 4', 'exampels: 4')), /inner\.yaml:9:12: .*did you mean 'examples'\?/);
});

test('wrong types and missing keys are told at their place, all of them', async (t) => {
  t.regex(await complaint('type.yaml', good.replace('steps: 10', 'steps: many')), /^type\.yaml:8:3: train\.steps: .*"many"/);
  t.regex(await complaint('missing.yaml', good.replace(/ {2}schedule.*\n/, '')), /^missing\.yaml:7:1: train\.schedule: .*nothing/);
  const two = await complaint('two.yaml', good.replace('steps: 10', 'steps: -1').replace('seed: 1', 'seed: x'));
  t.regex(two, /two\.yaml:1:1: seed/);
  t.regex(two, /two\.yaml:8:3: train\.steps/);
});

test('a value from --set blames the --set', async (t) => {
  t.regex(await complaint('set.yaml', good, ['train.steps=abc']), /^--set train\.steps=abc: train\.steps: /);
  t.regex(await complaint('set.yaml', good, ['train.steps=1e400']), /^--set train\.steps=Infinity: train\.steps: .*given: Infinity/);
  t.regex(await complaint('set.yaml', good, ['train.stepz=3']), /^--set train\.stepz=3: .*did you mean 'steps'\?/);
  t.regex(await complaint('set.yaml', good, ['train.steps.a=3']), /'train\.steps' is not a section/);
  t.regex(await complaint('set.yaml', good, ['modal.width=3']), /^--set modal\.width=3: .*unknown key 'modal'; did you mean 'model'\?/);
});

test('what is no config is told clearly', async (t) => {
  t.regex(await complaint('empty.yaml', ''), /^empty\.yaml: an empty file; accepted: /);
  t.regex(await complaint('comment.yaml', '# nothing\n'), /an empty file/);
  t.regex(await complaint('list.yaml', '- 1\n'), /a list/);
  t.regex(await complaint('word.yaml', 'hello'), /"hello"/);
  t.regex(await complaint('syntax.yaml', 'a: [1, 2\n b: }'), /^syntax\.yaml:1:8: /);
  t.regex(await complaint('tab.yaml', 'a:\n\tb: 1\n'), /^tab\.yaml:2:1: /);
  t.regex(await complaint('twice.yaml', `${good}seed: 2\n`), /^twice\.yaml:11:1: this key is there twice/);
  t.regex(await complaint('documents.yaml', `${good}---\n${good}`), /^documents\.yaml:11:\d+: .*multiple documents/);
  t.regex(await complaint('tag.yaml', 'seed: !secret x\n'), /^tag\.yaml:1:7: .*!secret/);
  t.regex(await complaint('bytes.yaml', new Uint8Array([0x61, 0xff])), /not UTF-8/);
  const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${[...'bcdefgh'].map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefg'[i]}`)}]`).join('\n')}\n`;
  t.regex(await complaint('bomb.yaml', bomb), /bomb\.yaml: .*alias/i);
  await t.throwsAsync(readConfig(path.join(folder, 'nowhere.yaml')), { message: /nowhere\.yaml: no such file/ });
  await t.throwsAsync(readConfig(folder), { message: /: a folder; / });
});

test('--set takes YAML values and says what it wants', (t) => {
  t.deepEqual(parseOverride('a.b=c'), ['a.b', 'c']);
  t.deepEqual(parseOverride('a=1e-3'), ['a', 0.001]);
  t.deepEqual(parseOverride('a=[1, two]'), ['a', [1, 'two']]);
  t.deepEqual(parseOverride('a='), ['a', null]);
  t.deepEqual(parseOverride('a=x=y'), ['a', 'x=y']);
  for (const bad of ['a', '=1', 'a..b=1', 'a=[1']) t.throws(() => parseOverride(bad), { message: /^--set .*path=value/ });
});
