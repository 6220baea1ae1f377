import { AnyformerError, type Command } from '@anyformer/core';
import { Bleu, Chrf, type Smoothing, smoothings, type TokenizerName, tokenizers } from '../metrics/index.js';
import { number } from './numbers.js';

/** Lines of a whole file. */
const readLines = async (file: string): Promise<string[]> => {
  const { linesOf } = await import('../data/lines.js');
  const lines: string[] = [];
  for await (const { text } of linesOf(file)) lines.push(text);
  return lines;
};

/** Parses an option that takes one of some names. */
const oneOf =
  <Name extends string>(flag: string, code: string, names: readonly Name[]) =>
  (given: string): Name => {
    const name = names.find((one) => one === given);
    if (name !== undefined) return name;
    throw new AnyformerError({ code, who: flag, given: `'${given}'`, accepted: names.join(', '), exit: 2 });
  };

const tokenizerNames = Object.keys(tokenizers) as TokenizerName[];

/** `anyformer bleu`: BLEU and chrF as sacreBLEU counts them. */
export const bleu: Command = {
  name: 'bleu',
  describe: 'score translations against references, as sacreBLEU does',
  arguments: [
    { name: 'HYP', describe: 'translations, one a line', required: true },
    { name: 'REF...', describe: 'one or more files of references, line by line', required: true, variadic: true },
  ],
  options: [
    {
      flags: '--tokenize <name>',
      describe: tokenizerNames.join(', '),
      default: '13a',
      parse: oneOf('--tokenize', 'usage/tokenize', tokenizerNames),
    },
    {
      flags: '--smooth <name>',
      describe: `of orders without a match: ${smoothings.join(', ')}`,
      default: 'exp',
      parse: oneOf('--smooth', 'usage/smooth', smoothings),
    },
    {
      flags: '--smooth-value <number>',
      describe: 'of floor (0.1 unless said) and add-k (1)',
      parse: number('--smooth-value', { least: 0 }),
    },
    { flags: '--order <number>', describe: 'longest n-gram', default: 4, parse: number('--order', { whole: true, least: 1, most: 16 }) },
    { flags: '--lowercase', describe: 'upper and lower case are the same' },
    { flags: '--chrf', describe: 'chrF as well' },
    {
      flags: '--chrf-word-order <number>',
      describe: '2 makes chrF chrF++',
      default: 0,
      parse: number('--chrf-word-order', { whole: true, least: 0, most: 16 }),
    },
  ],
  examples: ['anyformer bleu out.en test.en', 'anyformer bleu out.en ref0.en ref1.en --tokenize intl --json'],
  async run({ arguments: [hypotheses, references], options, json, out }) {
    const files = [hypotheses as string, ...(references as readonly string[])];
    const [lines, ...others] = await Promise.all(files.map(readLines));
    const odd = others.findIndex((other) => other.length !== lines!.length);
    if (odd >= 0 || lines!.length === 0)
      throw new AnyformerError({
        code: 'bleu/line-count',
        who: odd >= 0 ? files[odd + 1]! : files[0]!,
        given: odd >= 0 ? `${others[odd]!.length} lines` : 'no line',
        accepted: odd >= 0 ? `${lines!.length}, as in ${files[0]}` : 'one translation a line',
        exit: 2,
      });
    const lowercase = options.lowercase === true;
    const smoothing: Smoothing = options.smooth ?? 'exp';
    const valued = smoothing === 'floor' || smoothing === 'add-k';
    if (options.smoothValue !== undefined && !valued)
      throw new AnyformerError({
        code: 'usage/smooth-value',
        who: '--smooth-value',
        given: `a value for the smoothing '${smoothing}'`,
        accepted: '--smooth floor or --smooth add-k',
        exit: 2,
      });
    const score = new Bleu({
      tokenize: options.tokenize ?? '13a',
      lowercase,
      smoothing,
      smoothingValue: options.smoothValue,
      maxOrder: options.order ?? 4,
    });
    const wordOrder: number = options.chrfWordOrder ?? 0;
    const chrf = new Chrf({ lowercase, wordOrder });
    const withChrf = options.chrf === true || wordOrder > 0;
    lines!.forEach((line, i) => {
      const against = others.map((other) => other[i]!);
      score.add(line, against);
      if (withChrf || json) chrf.add(line, against);
    });
    const result = score.result();
    if (json) {
      await out(
        JSON.stringify({
          bleu: result.score,
          chrf: chrf.result(),
          signature: score.signature,
          chrfSignature: chrf.signature,
          details: result,
        }),
      );
      return;
    }
    const precisions = result.precisions.map((one) => one.toFixed(1)).join('/');
    const ratio = result.hypothesisLength / result.referenceLength;
    await out(
      `BLEU ${result.score.toFixed(2)}  ${precisions}  (brevity penalty ${result.brevityPenalty.toFixed(3)}, length ratio ${ratio.toFixed(3)})`,
    );
    await out(score.signature);
    if (withChrf)
      for (const line of [`chrF${'+'.repeat(Math.min(wordOrder, 2))} ${chrf.result().toFixed(2)}`, chrf.signature]) await out(line);
  },
};
