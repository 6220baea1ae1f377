import { AnyformerError, type Command } from '@anyformer/core';
import { Bleu, Chrf, type TokenizerName, tokenizers } from '../metrics/index.js';

/** Lines of a whole file. */
const readLines = async (file: string): Promise<string[]> => {
  const { linesOf } = await import('../data/lines.js');
  const lines: string[] = [];
  for await (const { text } of linesOf(file)) lines.push(text);
  return lines;
};

const tokenizer = (name: string): TokenizerName => {
  if (Object.hasOwn(tokenizers, name)) return name as TokenizerName;
  throw new AnyformerError({
    code: 'usage/tokenize',
    who: '--tokenize',
    given: `'${name}'`,
    accepted: Object.keys(tokenizers).join(', '),
    exit: 2,
  });
};

/** `anyformer bleu`: BLEU and chrF as sacreBLEU counts them. */
export const bleu: Command = {
  name: 'bleu',
  describe: 'score translations against references, as sacreBLEU does',
  arguments: [
    { name: 'HYP', describe: 'translations, one a line', required: true },
    { name: 'REF...', describe: 'one or more files of references, line by line', required: true, variadic: true },
  ],
  options: [
    { flags: '--tokenize <name>', describe: Object.keys(tokenizers).join(', '), default: '13a', parse: tokenizer },
    { flags: '--lowercase', describe: 'upper and lower case are the same' },
    { flags: '--chrf', describe: 'chrF as well' },
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
    const score = new Bleu({ tokenize: options.tokenize ?? '13a', lowercase });
    const chrf = new Chrf({ lowercase });
    lines!.forEach((line, i) => {
      const against = others.map((other) => other[i]!);
      score.add(line, against);
      if (options.chrf || json) chrf.add(line, against);
    });
    const result = score.result();
    if (json) {
      await out(JSON.stringify({ bleu: result.score, chrf: chrf.result(), signature: score.signature, details: result }));
      return;
    }
    const precisions = result.precisions.map((one) => one.toFixed(1)).join('/');
    const ratio = result.hypothesisLength / result.referenceLength;
    await out(
      `BLEU ${result.score.toFixed(2)}  ${precisions}  (brevity penalty ${result.brevityPenalty.toFixed(3)}, length ratio ${ratio.toFixed(3)})`,
    );
    await out(score.signature);
    if (options.chrf) for (const line of [`chrF ${chrf.result().toFixed(2)}`, chrf.signature]) await out(line);
  },
};
