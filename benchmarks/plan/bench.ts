import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { commandLine } from '../command-line.js';
import { LongRun } from '../endurance/long-run.js';
import { machine } from '../engine/machine.js';

const usage = `npm run -s bench -- plan CONFIG... [options]
  --set KEY=VALUE   a setting of all those configs, as often as needed
  --engines A,B     native,wasm unless said
  --threads N       2 unless said
  --steps N         of training that the plan is held against; 100 unless said
  --json            all as one JSON document`;

const { parsed, refuse, whole } = commandLine('plan');

const read = (args: readonly string[]) =>
  parsed({
    args: [...args],
    allowPositionals: true,
    options: {
      set: { type: 'string', multiple: true, default: [] },
      engines: { type: 'string', default: 'native,wasm' },
      threads: { type: 'string', default: '2' },
      steps: { type: 'string', default: '100' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });

interface Planned {
  readonly memory: { readonly total: number };
}

/** MB that `anyformer plan` says. */
const plannedMb = async (config: string, engine: string, threads: number, settings: readonly string[]): Promise<number> => {
  const cli = fileURLToPath(new URL('../../../packages/cli/bin/anyformer.js', import.meta.url));
  const options = ['--engine', engine, '--threads', String(threads), '--json', ...settings.flatMap((one) => ['--set', one])];
  const { stdout } = await promisify(execFile)(process.execPath, [cli, 'plan', config, ...options], { maxBuffer: 2 ** 26 });
  return (JSON.parse(stdout) as Planned).memory.total / 2 ** 20;
};

/** MB that so many steps of training took at their most. */
const takenMb = async (
  config: string,
  engine: string,
  threads: number,
  settings: readonly string[],
  steps: number,
  folder: string,
): Promise<number> => {
  const run = new LongRun({ engine, threads, config, settings, folder });
  let most = 0;
  const watching = setInterval(() => {
    const look = run.look();
    if (look === undefined) return;
    if (look.step <= steps || most === 0) most = look.peakMb;
    if (look.step >= steps) run.stop();
  }, 20);
  try {
    await run.ended;
  } finally {
    clearInterval(watching);
    run.stop();
  }
  return most;
};

/** What `plan` says of a config's memory against what training takes, each in a process of its own. */
export const benchPlan = async (args: readonly string[]): Promise<void> => {
  const { values: given, positionals: configs } = read(args);
  if (given.help) return void process.stdout.write(`${usage}\n`);
  if (configs.length === 0) refuse('no config', 'one or more; see --help');
  const [threads, steps] = [whole('threads', given.threads), whole('steps', given.steps)];
  // plan does not count evaluations
  const settings = [
    ...given.set,
    'train.evaluate=null',
    'train.best=null',
    'train.patience=null',
    `checkpoint.every=${Math.max(1, steps >> 1)}`,
  ];
  const folder = await mkdtemp(path.join(tmpdir(), 'anyformer-plan-'));
  const rows = [];
  try {
    for (const [i, config] of configs.entries())
      for (const engine of given.engines.split(',')) {
        const planned = await plannedMb(path.resolve(config), engine, threads, settings);
        const taken = await takenMb(path.resolve(config), engine, threads, settings, steps, path.join(folder, `${i}-${engine}`));
        rows.push({ config, engine, plannedMb: planned, takenMb: taken, ratio: planned / taken });
        const line = `${config} on ${engine}: ${planned.toFixed(0)} MB planned, ${taken.toFixed(0)} MB taken, ratio ${(planned / taken).toFixed(3)}`;
        (given.json ? process.stderr : process.stdout).write(`${line}\n`);
      }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (given.json) process.stdout.write(`${JSON.stringify({ machine: await machine(), threads, steps, settings, rows })}\n`);
};
