import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { commandLine } from '../command-line.js';
import { machine } from '../engine/machine.js';
import { curveGap } from './curve-gap.js';
import { LongRun } from './long-run.js';

const usage = `npm run -s bench -- endurance [options]
  --config FILE     configs/text/multi30k-de-en.yaml unless said
  --set KEY=VALUE   a setting of that config, as often as needed
  --out FOLDER      a new folder for the runs and endurance.json; runs/bench-endurance unless said
  --engines A,B     native,wasm unless said; they train side by side
  --threads N       of each; 1 unless said
  --minutes N       60 unless said
  --every SECONDS   between two looks at tensors and memory; 60 unless said
  --json            all that was seen as one JSON document`;

const { parsed, positive } = commandLine('endurance');

const read = (args: readonly string[]) =>
  parsed({
    args: [...args],
    options: {
      config: { type: 'string', default: 'configs/text/multi30k-de-en.yaml' },
      set: { type: 'string', multiple: true, default: [] },
      out: { type: 'string', default: 'runs/bench-endurance' },
      engines: { type: 'string', default: 'native,wasm' },
      threads: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '60' },
      every: { type: 'string', default: '60' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values;

/** Long training on several engines side by side: whether tensors and memory stay where they are, and the losses together. */
export const benchEndurance = async (args: readonly string[]): Promise<void> => {
  const given = read(args);
  if (given.help) return void process.stdout.write(`${usage}\n`);
  const [threads, minutes, every] = [
    positive('threads', given.threads),
    positive('minutes', given.minutes),
    positive('every', given.every),
  ];
  const out = path.resolve(given.out);
  await mkdir(out, { recursive: true });
  const runs = given.engines
    .split(',')
    .map(
      (engine) => new LongRun({ engine, threads, config: path.resolve(given.config), settings: given.set, folder: path.join(out, engine) }),
    );
  const watching = setInterval(() => {
    for (const run of runs) {
      const look = run.look();
      if (look)
        process.stderr.write(
          `${run.engine}: ${look.minutes.toFixed(1)} min, step ${look.step}, ${look.tensors} tensors, ${look.rssMb.toFixed(0)} MB\n`,
        );
    }
  }, 1000 * every);
  const over = setTimeout(() => runs.forEach((run) => run.stop()), 60_000 * minutes);
  try {
    await Promise.all(runs.map(({ ended }) => ended));
  } finally {
    clearInterval(watching);
    clearTimeout(over);
    for (const run of runs) run.stop();
  }
  const document = {
    date: new Date().toISOString().slice(0, 10),
    machine: await machine(),
    threads,
    runs: runs.map(({ engine, looks, curve }) => ({ engine, steps: curve.length, looks, curve })),
    gap: runs.length > 1 ? curveGap(runs[0]!.curve, runs[1]!.curve) : null,
  };
  await writeFile(path.join(out, 'endurance.json'), `${JSON.stringify(document)}\n`);
  if (given.json) return void process.stdout.write(`${JSON.stringify(document)}\n`);
  for (const { engine, looks, curve } of runs) {
    const settled = looks.slice(Math.floor(looks.length / 10));
    const range = (of: (look: (typeof looks)[number]) => number): string =>
      `${Math.round(Math.min(...settled.map(of)))} to ${Math.round(Math.max(...settled.map(of)))}`;
    process.stdout.write(
      `${engine}: ${curve.length} steps, ${range(({ tensors }) => tensors)} tensors, ${range(({ rssMb }) => rssMb)} MB after the first tenth, loss ${curve.at(-1)?.toFixed(3)}\n`,
    );
  }
  if (document.gap) {
    const { steps, first, mean } = document.gap;
    process.stdout.write(
      `over the ${steps} steps of both: first loss ${first.toExponential(1)} apart, means of 100 steps at most ${mean?.toFixed(4) ?? '?'}\n`,
    );
  }
};
