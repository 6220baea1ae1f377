import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type GenerationModel, isGenerative } from '@anyformer/core';
import { useEngine } from '@anyformer/engine';
import { testWithShared } from '@anyformer/oracles';
import test from 'ava';
import { importModel } from '../commands/import.js';
import { openTranslator } from '../translate/open.js';
import { loadTranslator } from '../translate/translator.js';
import { importCTranslate2 } from './ctranslate2.js';
import { readModelBin } from './model-bin.js';

const folder = 'data/weights/ctranslate2-aren-transliteration';

interface Case {
  readonly src: readonly string[];
  readonly out: readonly string[];
  readonly prefix?: readonly string[];
  readonly suppress?: readonly (readonly string[])[];
  readonly end_token?: string;
}
interface Expected {
  readonly greedy_and_beam4: readonly Case[];
  readonly with_prefix: readonly Case[];
  readonly suppress_sequences: readonly Case[];
  readonly end_token: readonly Case[];
  readonly numpy_check: { readonly greedy_log_prob_sum: Readonly<Record<string, number>> };
}

test.before(() => useEngine());

const title =
  "a model of CTranslate2's tests gives what CTranslate2 gives: greedy, beam, n-best, prefix, suppressed sequences, another end";
testWithShared(test, title, [folder, `${folder}/expected.json`], async (t, folder = '', file = '') => {
  const expected = JSON.parse(readFileSync(file, 'utf8')) as Expected;
  const translator = await openTranslator(folder);
  const writer = translator.model.model.task('translation') as GenerationModel;
  const target = translator.model.modalities.get('target')!;
  if (!isGenerative(target)) return t.fail();
  const idOf = (piece: string): number => (piece === '<unk>' ? 3 : (target.codec.encode(piece) as readonly number[])[0]!);
  const idsOf = (pieces: readonly string[]): number[] => pieces.map(idOf);

  const cases = expected.greedy_and_beam4;
  const sources = cases.map(({ src }) => src.join(''));
  for (const beam of [1, 4])
    t.deepEqual(
      await translator.translate(sources, { beam }),
      cases.map(({ out }) => out.join('')),
      `beam ${beam}`,
    );
  for await (const { text, hypotheses } of translator.stream(sources, { beam: 4, nBest: 4 })) {
    t.is(hypotheses.length, 4);
    t.is(new Set(hypotheses.map((one) => one.text)).size, 4);
    const [best] = hypotheses;
    const sum = expected.numpy_check.greedy_log_prob_sum[text]!;
    t.true(Math.abs(best!.logProbability - sum) < 1e-5, `${text}: ${best!.logProbability}, expected ${sum}`);
    t.is(best!.score, best!.logProbability / (text.length + 1));
    t.deepEqual(
      hypotheses.map(({ score }) => score),
      hypotheses.map(({ score }) => score).toSorted((a, b) => b - a),
    );
  }
  const write = async ({ src }: Case, beam: number, extras: Parameters<GenerationModel['generate']>[2]): Promise<string[]> => {
    const [found] = await writer.generate([src.join('')], { beam }, extras);
    return target.labels(found![0]!.ids);
  };
  for (const beam of [1, 4]) {
    for (const one of expected.with_prefix) t.deepEqual(await write(one, beam, { prefixes: [idsOf(one.prefix!)] }), [...one.out]);
    for (const one of expected.suppress_sequences)
      t.deepEqual(await write(one, beam, { suppressed: one.suppress!.map(idsOf) }), [...one.out]);
    for (const one of expected.end_token) t.deepEqual(await write(one, beam, { endIds: [idOf(one.end_token!)] }), [...one.out]);
  }
  translator.dispose();
});

testWithShared(test, 'the command writes a model folder that loads', [folder], async (t, folder = '') => {
  const scratch = await mkdtemp(path.join(tmpdir(), 'ctranslate2-'));
  const to = path.join(scratch, 'model');
  const call = (options: object) =>
    importModel.run({
      arguments: [folder],
      options,
      json: false,
      signal: new AbortController().signal,
      input: (async function* () {})(),
      out: () => undefined,
      note: () => undefined,
      progress: () => ({ update: () => undefined, end: () => undefined }),
    });
  await call({ to });
  const translator = await loadTranslator(to);
  t.deepEqual(await translator.translate(['آزا']), ['azza']);
  translator.dispose();
  await t.throwsAsync(() => call({ to }), { code: 'data/exists' });
  await t.throwsAsync(() => call({}), { code: 'usage/missing-option' });
  await rm(scratch, { recursive: true });
});

/** What CTranslate2 4.8.5 writes behind prefixes: `translate_batch` with `target_prefix` and `return_scores`, the length penalty 1. */
const behindPrefixes: readonly (readonly [prefix: string, beam: number, found: readonly (readonly [text: string, score: number])[]])[] = [
  ['a', 1, [['atzmon', -0.1365]]],
  ['z', 1, [['zetzmon', -0.1024]]],
  [
    'ats',
    2,
    [
      ['atsumon', -0.0742],
      ['atsumun', -0.2615],
    ],
  ],
  [
    'zz',
    2,
    [
      ['zzumon', -0.2545],
      ['zzumun', -0.3903],
    ],
  ],
  [
    'at',
    4,
    [
      ['atzmon', -0.1272],
      ['atzumon', -0.2446],
      ['atzmun', -0.3106],
    ],
  ],
  [
    'z',
    4,
    [
      ['zetzmon', -0.1024],
      ['zetzmun', -0.3625],
      ['zitzmon', -0.3886],
    ],
  ],
  [
    'zzz',
    4,
    [
      ['zzzmon', -0.0417],
      ['zzzmun', -0.3812],
      ['zzzmone', -0.4395],
    ],
  ],
];

testWithShared(test, 'behind a prefix sequences have the scores that CTranslate2 gives them', [folder], async (t, folder = '') => {
  const translator = await openTranslator(folder);
  const writer = translator.model.model.task('translation') as GenerationModel;
  for (const [prefix, beam, found] of behindPrefixes) {
    const options = { beam, nBest: found.length, lengthPenalty: 1, lengthPenaltyKind: 'average' } as const;
    const [written] = await writer.generate(['آتزمون'], options, { prefixes: [await writer.ids(prefix)] });
    const texts = written!.map(({ output }) => output);
    t.deepEqual([prefix, beam, texts], [prefix, beam, found.map(([text]) => text)]);
    for (const [i, [text, score]] of found.entries()) t.true(Math.abs(written![i]!.score - score) < 1e-4, `${text} ${written![i]!.score}`);
  }
  translator.dispose();
});

/** A model.bin with one variable. */
const modelBin = ({ version = 2, spec = 'TransformerBase', size = 4, items = 2 } = {}): Buffer => {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(`${value}\0`);
    const length = Buffer.alloc(2);
    length.writeUInt16LE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const u32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  const data = Buffer.from(new Float32Array([0.5, -2]).buffer);
  return Buffer.concat([u32(version), text(spec), u32(2), u32(1), text('a/b'), Buffer.of(1), u32(2), Buffer.of(size), u32(items), data]);
};

test('a model.bin is read by its format; what is none of it is said', async (t) => {
  const { spec, variables } = readModelBin(modelBin(), 'model.bin');
  t.is(spec, 'TransformerBase');
  t.deepEqual([...variables], [['a/b', { shape: [2], values: new Float32Array([0.5, -2]) }]]);
  const code = 'import/ctranslate2';
  t.throws(() => readModelBin(modelBin({ version: 6 }), 'model.bin'), { code, message: /version 6 of the format; accepted: version 2/ });
  t.throws(() => readModelBin(modelBin({ size: 1 }), 'model.bin'), { code, message: /'a\/b' with 8 bits per number/ });
  t.throws(() => readModelBin(modelBin({ items: 3 }), 'model.bin'), { code, message: /3 numbers for 'a\/b' \[2\]/ });
  for (const end of [0, 3, 20, 45]) t.throws(() => readModelBin(modelBin().subarray(0, end), 'model.bin'), { code, message: /cut short/ });
  const folder = await mkdtemp(path.join(tmpdir(), 'ctranslate2-'));
  await writeFile(path.join(folder, 'model.bin'), modelBin({ spec: 'Whisper' }));
  await t.throwsAsync(() => importCTranslate2(folder), { code, message: /'Whisper'; accepted: TransformerBase/ });
  await t.throwsAsync(() => importCTranslate2(path.join(folder, 'none')), { code: 'import/no-file', message: /no readable model\.bin/ });
  await rm(folder, { recursive: true });
});
