import { AnyformerError, type Command, type CommandCall } from '@anyformer/core';
import type { TranslateOptions } from '../translate/translator.js';
import { number } from './numbers.js';

const positive = { whole: true, least: 1 } as const;
const share = { least: 0, most: 1 } as const;

const names = ['beam', 'lengthPenalty', 'nBest', 'sample', 'temperature', 'topK', 'topP', 'minP', 'seed', 'batch'] as const;

/** What only drawing uses. */
const drawing = { temperature: '--temperature', topK: '--top-k', topP: '--top-p', minP: '--min-p', seed: '--seed' } as const;

/** Options that would quietly do nothing are errors. */
const requireTogether = (options: CommandCall['options']): void => {
  const refuse = (given: string, fix: string): never => {
    throw new AnyformerError({ code: 'usage/options', who: 'anyformer translate', given, fix, exit: 2 });
  };
  for (const [name, flag] of Object.entries(drawing))
    if (options[name] !== undefined && !options.sample) refuse(`${flag} without --sample`, 'Add --sample, or leave it out.');
  if (options.sample && options.beam !== undefined) refuse('--beam with --sample', 'Choose one: a beam searches, a sample draws.');
};

/** `anyformer translate`: one line in, one line out. */
export const translate: Command = {
  name: 'translate',
  describe: 'translate lines from standard input, one line out for each',
  arguments: [{ name: 'MODEL', describe: 'a run folder, a checkpoint folder or a model folder', required: true }],
  options: [
    {
      flags: '--beam <number>',
      describe: 'hypotheses kept per line; 1 is greedy (the config’s unless said)',
      parse: number('--beam', positive),
    },
    { flags: '--length-penalty <number>', describe: 'above 0 longer translations gain', parse: number('--length-penalty') },
    { flags: '--n-best <number>', describe: 'translations per line, with rank and score before each', parse: number('--n-best', positive) },
    { flags: '--sample', describe: 'draw translations instead of searching for the likeliest' },
    { flags: '--temperature <number>', describe: 'below 1 safer, above 1 wilder', parse: number('--temperature', { least: 0.01 }) },
    { flags: '--top-k <number>', describe: 'draw from the likeliest so many', parse: number('--top-k', positive) },
    { flags: '--top-p <number>', describe: 'draw from the likeliest that together have this probability', parse: number('--top-p', share) },
    { flags: '--min-p <number>', describe: 'draw from those at least so likely, next to the likeliest', parse: number('--min-p', share) },
    { flags: '--seed <number>', describe: 'of what is drawn', parse: number('--seed', { whole: true, least: 0 }) },
    { flags: '--batch <number>', describe: 'lines worked on together', parse: number('--batch', positive) },
    { flags: '--task <id>', describe: 'which of the model’s tasks (the first that writes unless said)' },
    { flags: '--engine <name>', describe: 'native, wasm, tensorflow, cpu or auto' },
    { flags: '--threads <number>', describe: 'threads of the engine', parse: number('--threads', positive) },
  ],
  examples: [
    "echo 'The animal did not cross the street because it was too tired.' | anyformer translate runs/embedded-en-de",
    'anyformer translate runs/mine --beam 5 --length-penalty 1 < test.de > test.en',
    'anyformer translate runs/mine --n-best 3 --json < test.de',
  ],
  async run(call) {
    const { options } = call;
    requireTogether(options);
    const { openTranslator } = await import('../translate/open.js');
    const model = call.arguments[0] as string;
    const translator = await openTranslator(model, {
      task: options.task,
      engine: options.engine,
      threads: options.threads,
      note: (line) => call.note(line),
      ...(call.pluginsOf && { plugins: await call.pluginsOf(model) }),
    });
    const chosen = Object.fromEntries(names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));
    const nBest: number = options.nBest ?? 1;
    // So many can only be given back where so many are kept.
    const beam = !options.sample && options.beam === undefined && nBest > 1 ? { beam: Math.max(nBest, 5) } : {};
    const wanted: TranslateOptions = { ...chosen, ...beam, signal: call.signal };
    try {
      for await (const { source, text, hypotheses } of translator.stream(call.input, wanted))
        if (call.json) await call.out(JSON.stringify({ source, translation: text, hypotheses }));
        else if (options.nBest === undefined) await call.out(text);
        else if (hypotheses.length === 0)
          await call.out('1\t0.0000\t'); // an empty line is its own translation
        else for (const [rank, one] of hypotheses.entries()) await call.out(`${rank + 1}\t${one.score.toFixed(4)}\t${one.text}`);
    } finally {
      translator.dispose();
    }
  },
};
