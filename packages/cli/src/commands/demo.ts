import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AnyformerError, type Evaluation, evaluateModel, GenerationModel, type LoadedModel, loadModel, startRun } from '@anyformer/core';
import { currentEngine, nearest } from '@anyformer/engine';
import { checkedConfig } from '../config/checked.js';
import type { Call } from '../declaration.js';
import { count, duration } from '../terminal/duration.js';
import { writeAttentionPage } from './attention.js';
import { marked, type Sample, watched } from './demo-sentences.js';
import { evaluationBars } from './evaluate.js';
import { follow, type Listener, outcomeListener, progressListener } from './training.js';
import { common } from './values.js';

export const parse = common;

const demos: Readonly<Record<string, string>> = { translation: 'configs/text/embedded-en-de.yaml' };

/** Two sentences that differ in one word, by which a pronoun in German has another gender. */
const showpieces = [
  ['The animal did not cross the street because it was too tired.', 'Das Tier hat die Straße nicht überquert, weil es zu müde war.'],
  ['The animal did not cross the street because it was too wide.', 'Das Tier hat die Straße nicht überquert, weil sie zu breit war.'],
] as const;

const configOf = (name: string): string => {
  const relative = demos[name];
  if (relative === undefined) {
    const near = nearest(name, Object.keys(demos));
    throw new AnyformerError({
      code: 'demo/unknown',
      who: 'demo',
      given: `'${name}'`,
      accepted: Object.keys(demos).join(', '),
      fix: near && `Did you mean '${near}'?`,
      exit: 2,
    });
  }
  return fileURLToPath(new URL(`../../../../${relative}`, import.meta.url));
};

/** `runs/demo`, or the next of its name that is free. */
const freshRun = (): string => {
  for (let i = 1; ; i++) {
    const folder = path.join('runs', i === 1 ? 'demo' : `demo-${i}`);
    if (!existsSync(folder)) return folder;
  }
};

/** After each evaluation, the same few held-out sentences. */
const sentencesListener = (call: Call): Listener => {
  const colors = call.terminal.colors.note;
  let places: number[] | undefined;
  return (event) => {
    if (event.type !== 'eval') return;
    const [[task, samples] = []] = Object.entries(event.samples as Record<string, readonly Sample[]>);
    if (task === undefined || samples === undefined) return;
    if (places === undefined) {
      places = watched(samples, 3);
      call.note('');
      for (const [i, place] of places.entries()) call.note(`  ${i + 1}  ${samples[place]!.raw.source}`);
    }
    const bleu = event.results[task]?.bleu;
    call.note(`${colors.bold(`step ${event.step}`)}${bleu === undefined ? '' : ` · BLEU ${bleu.toFixed(1)}`}`);
    for (const [i, place] of places.entries()) call.note(`  ${i + 1}  ${marked(samples[place]!, colors)}`);
  };
};

/** What the trained model does with sentences it has never seen. */
const examine = async (call: Call, model: LoadedModel): Promise<{ task: string; evaluation: Evaluation; answers: string[] }> => {
  const task = model.mixture[0]!.task.id;
  const bars = evaluationBars(call, () => 'scoring held-out sentences');
  const all = await evaluateModel(model, { split: 'test', signal: call.signal, onProgress: bars.onProgress });
  bars.end();
  const writer = model.model.task(task);
  const answers = writer instanceof GenerationModel ? await writer.generate(showpieces.map(([source]) => source)) : [];
  return { task, evaluation: all[task]!, answers: answers.map(([best]) => String(best?.output ?? '')) };
};

/** `demo`: trains before your eyes, then shows what was learned. */
export const run = async (call: Call): Promise<void> => {
  const { steps, engine, threads } = call.options;
  const { config, parsed, plugins } = await checkedConfig(call, configOf((call.arguments[0] as string | undefined) ?? 'translation'));
  const directory = freshRun();
  const { listen, outcome } = outcomeListener();
  const begin: Listener = (event) => {
    if (event.type !== 'start') return;
    const { id, threads: used } = currentEngine();
    call.note(
      `${count(event.parameters)} parameters, ${event.steps} steps, engine ${id} with ${used} thread${used === 1 ? '' : 's'}; run folder ${directory}`,
    );
  };
  call.note(
    'A Transformer learns to translate English into German. The sentences are generated; those shown are held out of its training.',
  );
  const events = startRun({
    config: config.value,
    directory,
    plugins,
    base: config.directory,
    steps,
    engine,
    threads,
    signal: call.signal,
  });
  await follow(events, [begin, progressListener(call, 'training'), sentencesListener(call), listen], (line) => call.note(line));
  const { end } = outcome();
  if (end?.reason === 'interrupted') {
    call.note(`Stopped and saved at step ${end.step}: anyformer train ${path.relative('', config.file)} --run ${directory} --resume`);
    return;
  }
  const model = await loadModel(directory, { plugins });
  try {
    const { task, evaluation, answers } = await examine(call, model);
    const page = path.join(directory, 'attention.html');
    const [input, expected] = showpieces[0];
    // After a few steps a model may write nothing; then the page shows how it reads while it is told what to write.
    await writeAttentionPage(model, { input, output: answers[0] || expected, task, look: 'it' }, page);
    const { bleu, 'pronoun-accuracy': pronouns, chrf } = evaluation.results;
    if (call.json) {
      await call.out(
        JSON.stringify({ run: directory, seconds: end?.seconds, steps: parsed.train.steps, tasks: { [task]: evaluation.results }, page }),
      );
      return;
    }
    const { bold, dim } = call.terminal.colors.out;
    const say = async (line = ''): Promise<void> => call.out(line);
    await say();
    await say(`Trained in ${duration(end?.seconds ?? 0)}. On ${evaluation.examples} held-out sentences, none of them seen in training:`);
    await say(
      `  ${bold(`BLEU ${bleu?.toFixed(1)}`)}   chrF ${chrf?.toFixed(1)}   pronouns resolved ${((pronouns ?? 0) * 100).toFixed(1)} %`,
    );
    await say();
    await say('Some of them:');
    for (const sample of (evaluation.samples as readonly Sample[]).slice(0, 5)) {
      await say(`  ${sample.raw.source}`);
      await say(`  → ${marked(sample, call.terminal.colors.out)}`);
      if (sample.hypothesis !== sample.expected) await say(dim(`    expected: ${String(sample.expected)}`));
    }
    await say();
    await say("What is 'it'? One word decides, and with it the German pronoun:");
    for (const [i, [source, expected]] of showpieces.entries()) {
      await say(`  ${source}`);
      await say(`  → ${marked({ hypothesis: answers[i], expected }, call.terminal.colors.out)}`);
    }
    await say();
    await say(`Where does 'it' look? Open ${page} in a browser and hover over the words.`);
    await say('Next:');
    await say(`  echo 'This cat is older than the dog.' | npx anyformer translate ${directory}`);
    await say('  npx anyformer --help');
  } finally {
    model.dispose();
  }
};
