import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { corpusBleu, type TextCodec } from '@anyformer/text';
import { commandLine } from '../command-line.js';
import { machine } from '../engine/machine.js';
import { watchOthers } from '../engine/machine-use.js';
import { askPython, pythonEnvironment } from '../engine/opponents.js';
import { prepareIds } from './ids.js';
import { inTurns, type Saved, Side } from './side.js';

const usage = `npm run -s bench -- multi30k --python PYTHON [options]
  --data FOLDER    the corpus as \`anyformer data multi30k\` unpacks it; data/multi30k unless said
  --out FOLDER     a new folder for all runs and curves.json; runs/bench-multi30k unless said
  --engines A,B    a run of ours on each; native unless said
  --threads N      of every side; 2 unless said
  --seed N         1 unless said
  --steps N        2467 unless said: the whole recipe
  --every N        steps between two scored checkpoints; 600 unless said
  --turn SECONDS   the sides train in turns of so many seconds, so that a machine that slows down does so for all; 0: one after the other
  --unscored       curves of the loss only
  --json           curves and scores as one JSON document`;

const here = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const say = (line: string): boolean => process.stderr.write(`${line}\n`);

const { parsed, refuse, whole } = commandLine('multi30k');

const read = (args: readonly string[]) =>
  parsed({
    args: [...args],
    options: {
      python: { type: 'string' },
      data: { type: 'string', default: 'data/multi30k' },
      out: { type: 'string', default: 'runs/bench-multi30k' },
      engines: { type: 'string', default: 'native' },
      threads: { type: 'string', default: '2' },
      seed: { type: 'string', default: '1' },
      steps: { type: 'string', default: '2467' },
      every: { type: 'string', default: '600' },
      turn: { type: 'string', default: process.platform === 'win32' ? '0' : '20' },
      unscored: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values;

interface Score extends Saved {
  readonly bleu: number;
}

/** What a program prints, or its last words as an error. */
const output = (program: string, args: readonly string[], env: NodeJS.ProcessEnv): string => {
  const { stdout, stderr, status, error } = spawnSync(program, args, { encoding: 'utf8', env, maxBuffer: 1 << 28 });
  if (error || status !== 0) throw new Error(error?.message ?? `${args[0]}: ${stderr.trim().split('\n').at(-1)}`);
  return stdout;
};

const bleuOf = (codec: TextCodec, written: readonly (readonly number[])[], references: readonly string[]): number =>
  corpusBleu(
    written.map((ids) => codec.decode(ids)),
    references.map((reference) => [reference]),
  ).score;

/** Time to quality: one recipe, ours on one or several engines and PyTorch's, trained in turns on one machine; all curves, and BLEU of the weights on the way. */
export const benchMulti30k = async (args: readonly string[]): Promise<void> => {
  const given = read(args);
  if (given.help) return void process.stdout.write(`${usage}\n`);
  if (given.python === undefined) return refuse('no --python', 'a Python with torch');
  const [threads, seed, steps, every] = [
    whole('threads', given.threads, 1),
    whole('seed', given.seed, 0),
    whole('steps', given.steps, 1),
    whole('every', given.every, 1),
  ];
  const engines = given.engines.split(',');
  if (engines.includes('') || new Set([...engines, 'pytorch']).size <= engines.length)
    return refuse(`--engines ${given.engines}`, 'names of engines, each once');
  const turn = whole('turn', given.turn, 0) || Number.POSITIVE_INFINITY;
  const [data, out] = [path.resolve(given.data), path.resolve(given.out)];
  const python = askPython(given.python);
  if (!('torch' in python.versions)) return refuse(`${given.python} without torch`, 'a Python with torch');
  await mkdir(path.dirname(out), { recursive: true });
  await mkdir(path.join(out, 'pytorch'), { recursive: true });

  say('Preparing the ids of the opponent');
  const { codec, references } = await prepareIds(data, path.join(out, 'ids.json'));
  const recipe = path.join(out, 'recipe.json');
  await writeFile(
    recipe,
    JSON.stringify({ ids: path.join(out, 'ids.json'), threads, seed, steps, every, folder: path.join(out, 'pytorch') }),
  );
  const opponent = [here('multi30k/opponent/main.py')];
  const pythonEnv = pythonEnvironment(threads);
  const cli = here('../packages/cli/bin/anyformer.js');
  const splits = Object.entries({ train: 'train', valid: 'val', test: 'test_2016_flickr' }).flatMap(([split, name]) =>
    Object.entries({ source: 'de', target: 'en' }).map(
      ([side, language]) => `tasks.translation.data.splits.${split}.${side}=${path.join(data, `${name}.${language}`)}`,
    ),
  );
  const settings = [...splits, 'train.evaluate=null', `checkpoint.every=${every}`, `checkpoint.keep=${Math.ceil(steps / every) + 1}`];
  const onEngine = (engine: string): string[] => ['--engine', engine, '--threads', String(threads)];
  const runOf = (engine: string): string => path.join(out, engine);
  const train = ['train', here('../configs/text/multi30k-de-en.yaml'), '--json', '--seed', String(seed), '--steps', String(steps)];
  const ours = engines.map((engine) => {
    const options = ['--run', runOf(engine), ...onEngine(engine), ...settings.flatMap((setting) => ['--set', setting])];
    return new Side(engine, { program: process.execPath, args: [cli, ...train, ...options], env: process.env });
  });
  const theirs = new Side('pytorch', { program: python.program, args: [...opponent, 'train', recipe], env: pythonEnv });
  const sides = [...ours, theirs];
  const othersUse = watchOthers([process.pid, ...sides.map(({ pid }) => pid)]);
  await inTurns(sides, turn, say);
  const used = othersUse();
  if ((used ?? 0) > 0.1) say(`Other processes used ${(100 * used!).toFixed(0)} % of this machine meanwhile.`);

  const score = (side: Side, saved: Saved): Score => {
    let bleu: number;
    if (side === theirs) {
      const written = JSON.parse(output(python.program, [...opponent, 'translate', recipe, saved.path], pythonEnv)) as number[][];
      bleu = bleuOf(codec, written, references);
    } else {
      const folder = path.resolve(runOf(side.name), saved.path);
      const printed = output(process.execPath, [cli, 'evaluate', folder, '--split', 'test', '--json', ...onEngine(side.name)], process.env);
      bleu = (JSON.parse(printed) as { tasks: { translation: { bleu: number } } }).tasks.translation.bleu;
    }
    say(`${side.name}: step ${saved.step}, BLEU ${bleu.toFixed(2)}`);
    return { ...saved, bleu };
  };
  const results = sides.map((side) => ({
    side: side.name,
    seconds: side.seconds,
    ratio: side.seconds / theirs.seconds,
    scores: given.unscored ? [] : side.saved.map((saved) => score(side, saved)),
    curve: side.points,
  }));
  const document = {
    date: new Date().toISOString().slice(0, 10),
    machine: await machine(),
    python: python.versions,
    threads,
    seed,
    steps,
    othersUse: used,
    sides: results,
  };
  await writeFile(path.join(out, 'curves.json'), `${JSON.stringify(document)}\n`);
  if (given.json) return void process.stdout.write(await readFile(path.join(out, 'curves.json'), 'utf8'));
  const lines = results.flatMap(({ side, seconds, ratio, scores, curve }) => [
    `${side}: ${curve.at(-1)?.step} steps in ${seconds.toFixed(1)} s (${ratio.toFixed(3)} of PyTorch's), loss ${curve.at(-1)?.loss.toFixed(3)}`,
    ...scores.map(({ step, seconds: at, bleu }) => `  BLEU ${bleu.toFixed(2)} at step ${step}, ${at.toFixed(0)} s`),
  ]);
  process.stdout.write(`${lines.join('\n')}\ncurves in ${path.join(out, 'curves.json')}\n`);
};
