import { AnyformerError, type Command } from '@anyformer/core';
import { number } from './numbers.js';

const required = (command: string, flag: string, value: unknown): string => {
  if (typeof value === 'string' && value !== '') return value;
  throw new AnyformerError({
    code: 'usage/missing-option',
    who: `anyformer ${command}`,
    given: `no ${flag}`,
    accepted: `${flag} <path>`,
    exit: 2,
  });
};

/** `anyformer data check`: reads two files as training would, and says what it found. */
export const dataCheck: Command = {
  name: 'data check',
  describe: 'read two aligned files as training would, and count what filters leave out',
  arguments: [
    { name: 'SOURCE', describe: 'one sentence a line; .gz is unpacked', required: true },
    { name: 'TARGET', describe: 'the same sentences in the other language', required: true },
  ],
  options: [
    { flags: '--max-length <number>', describe: 'characters of the longer side', parse: number('--max-length', { whole: true, least: 1 }) },
    {
      flags: '--max-ratio <number>',
      describe: 'length of the longer side over that of the shorter',
      parse: number('--max-ratio', { least: 1 }),
    },
    { flags: '--drop-empty', describe: 'count pairs with an empty side instead of stopping at the first' },
  ],
  examples: ['anyformer data check train.de train.en --max-length 500 --max-ratio 4'],
  async run({ arguments: [source, target], options, json, out }) {
    const { openPairs } = await import('../data/open.js');
    const { countsLine } = await import('../data/pair.js');
    const filter = { maxLength: options.maxLength, maxRatio: options.maxRatio, empty: options.dropEmpty ? 'drop' : 'error' } as const;
    const splits = { train: { source: String(source), target: String(target) } };
    const pairs = openPairs({ kind: 'aligned', splits, filter, shuffle: 0 }, { seed: 0, directory: process.cwd() });
    let characters = 0;
    for await (const pair of pairs.examples('train', { epoch: 0, index: 0, seed: 0 }))
      characters += pair.source.length + pair.target.length;
    const counts = pairs.counts!('train')!;
    if (json) await out(JSON.stringify({ ...counts, characters }));
    else
      await out(
        `${source}, ${target}: ${countsLine(counts)}; ${Math.round(characters / 2 / Math.max(1, counts.kept))} characters a side on average`,
      );
  },
};

/** `anyformer data multi30k`: unpacks the real Multi30k text. */
export const dataMulti30k: Command = {
  name: 'data multi30k',
  describe: 'unpack the text of Multi30k for configs/text/multi30k-de-en.yaml',
  options: [
    { flags: '--from <archive>', describe: 'a .tar or .tar.gz with train.de, train.en, val.de, …' },
    { flags: '--to <folder>', describe: 'a new folder', default: 'data/multi30k' },
  ],
  examples: ['anyformer data multi30k --from multi30k-task1-raw.tar.gz --to data/multi30k'],
  async run({ options, json, out }) {
    const { unpackMulti30k } = await import('../data/multi30k.js');
    const to = required('data multi30k', '--to', options.to);
    const files = await unpackMulti30k(required('data multi30k', '--from', options.from), to);
    if (json) await out(JSON.stringify({ folder: to, files }));
    else await out(`${to}: ${files.join(' ')}`);
  },
};

/** `anyformer data generate english-german`: writes generated pairs as files. */
export const dataGenerate: Command = {
  name: 'data generate',
  describe: 'write generated sentence pairs as aligned files',
  arguments: [{ name: 'KIND', describe: 'english-german', required: true }],
  options: [
    { flags: '--to <folder>', describe: 'a new folder; train.en, train.de, valid.en, …' },
    {
      flags: '--pairs <number>',
      describe: 'pairs in the training split',
      default: 12_000,
      parse: number('--pairs', { whole: true, least: 1 }),
    },
    {
      flags: '--level <number>',
      describe: '1: short sentences; 2: everything',
      default: 1,
      parse: number('--level', { whole: true, least: 1, most: 2 }),
    },
    { flags: '--seed <number>', describe: 'other seeds, other sentences', default: 1, parse: number('--seed', { whole: true, least: 0 }) },
  ],
  examples: ['anyformer data generate english-german --pairs 12000 --to data/english-german'],
  async run({ arguments: [kind], options, json, out }) {
    const { generateFiles } = await import('../data/generate-files.js');
    const to = required('data generate', '--to', options.to);
    const counts = await generateFiles(String(kind), to, { pairs: options.pairs, level: options.level, seed: options.seed });
    if (json) await out(JSON.stringify({ folder: to, pairs: counts }));
    else
      await out(
        `${to}: ${Object.entries(counts)
          .map(([split, count]) => `${split} ${count}`)
          .join(', ')}`,
      );
  },
};
