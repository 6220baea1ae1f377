import { fileURLToPath } from 'node:url';
import { Contestant } from './contestant.js';
import { machine } from './machine.js';
import { type Entry, match } from './match.js';
import { askPython, opponents, type Python } from './opponents.js';
import { type Options, optionsOf, usage } from './options.js';
import type { Profile } from './profile.js';
import { type Result, resultOf, withSpeedups } from './results.js';
import type { Row } from './rows.js';
import { profileTable, resultTable } from './table.js';
import type { Assignment } from './worker.js';

const say = (line: string): boolean => process.stderr.write(`${line}\n`);

const worker = fileURLToPath(new URL('./worker.js', import.meta.url));

const entryOf = (row: Row, engine: string, threads: number, profiles = false): Entry => {
  const assignment: Assignment = { row, engine, threads, profiles };
  const args = ['--no-warnings', worker, JSON.stringify(assignment)];
  return { name: engine, spins: false, command: { program: process.execPath, args, env: process.env } };
};

/** The Python to compare with, or none and why. */
const pythonOf = (program: string | undefined): Python | undefined => {
  if (program === undefined) say('No --python given: nothing is compared with, the columns of PyTorch and the others are null.');
  else
    try {
      const python = askPython(program);
      say(
        `${program}: ${Object.entries(python.versions)
          .map((pair) => pair.join(' '))
          .join(', ')}`,
      );
      if (!('torch' in python.versions)) say('It has no torch: the columns of PyTorch are null.');
      return python;
    } catch (error) {
      say(`--python ${program} does not run (${(error as Error).message}): the columns of PyTorch and the others are null.`);
    }
  return undefined;
};

const measure = async (options: Options): Promise<unknown> => {
  const python = pythonOf(options.python);
  const place = await machine();
  const peak = place.peakGflops === null ? '' : `, ${place.peakGflops.toFixed(1)} GFLOP/s a core at best`;
  say(`${place.cpu}, ${place.cores} cores (${place.flags.join(', ')})${peak}, ${place.platform}, Node ${place.node}`);
  const results: Result[] = [];
  for (const row of options.rows) {
    say(`${row.row}, ${options.threads.join(' and ')} thread${options.threads.at(-1) === 1 ? '' : 's'}`);
    // All numbers of threads take turns too: what a second one brings is measured in the same minutes.
    const teams = options.threads.map((threads) => ({
      threads,
      ours: options.engines.map((engine) => entryOf(row, engine, threads)),
      theirs: python ? opponents(row, threads, python, options.compile) : [],
    }));
    const played = await match(
      teams.flatMap(({ ours, theirs }) => [...ours, ...theirs]),
      options.repeat,
      (line) => say(`  ${line}`),
    );
    const outcomes = played.outcomes.values();
    const made = teams.flatMap(({ threads, ours, theirs }) => {
      const own = ours.map(() => outcomes.next().value!);
      const others = theirs.map(() => outcomes.next().value!);
      return own.map((outcome) => resultOf({ row, threads, peakGflops: place.peakGflops }, outcome, others, played));
    });
    if ((played.othersUse ?? 0) > 0.1) say(`  other processes used ${(100 * played.othersUse!).toFixed(0)} % of this machine meanwhile`);
    results.push(...withSpeedups(made));
    for (const { engine, threads, ms, ratio, bestOther } of made)
      if (ms !== null) say(`  ${engine}, ${threads}: ${ms} ms${ratio === null ? '' : `, ${ratio.toFixed(2)} of ${bestOther}`}`);
  }
  if (!options.json) return resultTable(results);
  return { date: new Date().toISOString().slice(0, 10), machine: place, python: python?.versions ?? null, rows: results };
};

interface ProfileResult extends Partial<Profile> {
  readonly row: string;
  readonly engine: string;
  readonly threads: number;
  readonly reason?: string;
}

const profile = async (options: Options): Promise<unknown> => {
  const results: ProfileResult[] = [];
  for (const threads of options.threads)
    for (const row of options.rows)
      for (const engine of options.engines) {
        let contestant: Contestant | undefined;
        try {
          contestant = await Contestant.start(entryOf(row, engine, threads, true).command);
          await contestant.turn(2);
          results.push({ row: row.row, engine, threads, ...(await contestant.profile<Profile>(options.repeat ?? 5)) });
        } catch (error) {
          results.push({ row: row.row, engine, threads, reason: (error as Error).message });
        } finally {
          await contestant?.stop();
        }
      }
  if (options.json) return { rows: results };
  const title = ({ row, engine, threads }: ProfileResult): string => `${row}, ${engine}, ${threads} thread${threads > 1 ? 's' : ''}`;
  return results.map((one) => (one.calls ? profileTable(title(one), one as Profile) : `${title(one)}: ${one.reason}`)).join('\n\n');
};

/** The benchmark of the engines: ours beside the others', in one run. Prints a table or one JSON document, and nothing else on stdout. */
export const benchEngine = async (args: readonly string[]): Promise<void> => {
  const options = optionsOf(args);
  const made = options === undefined ? usage : await (options.profile ? profile : measure)(options);
  process.stdout.write(`${typeof made === 'string' ? made : JSON.stringify(made)}\n`);
};
