import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { startRun } from '@anyformer/core';
import { currentEngine } from '@anyformer/engine';
import { checkedConfig } from '../config/checked.js';
import { located } from '../config/located.js';
import type { Call } from '../declaration.js';
import { count } from '../terminal/duration.js';
import { evaluationListener, follow, type Listener, outcomeListener, progressListener, summaryLines } from './training.js';
import { common } from './values.js';

export const parse = common;

/** Where a run goes unless said. */
const defaultRun = (file: string): string => path.join('runs', path.basename(file).replace(/\.(ya?ml|json)$/i, ''));

/** `train CONFIG`: a run folder, with everything that happens shown. `--json` gives the events, one a line. */
export const run = async (call: Call): Promise<void> => {
  const file = call.arguments[0] as string;
  const { resume, steps, seed, engine, threads, set = [] } = call.options;
  const { config, plugins } = await checkedConfig(call, file, set);
  const directory: string = call.options.run ?? defaultRun(file);
  const { listen, outcome } = outcomeListener();
  const begin: Listener = (event) => {
    if (event.type !== 'start') return;
    const { id, threads: used } = currentEngine();
    const from = event.step > 0 ? `from step ${event.step} ` : '';
    call.note(
      `${event.tasks.join(', ')}: ${count(event.parameters)} parameters, ${from}to step ${event.steps} on ${id} with ${used} thread${used === 1 ? '' : 's'}, into ${directory}`,
    );
  };
  const events: Listener = (event) => {
    const { samples: _, ...kept } = event as typeof event & { samples?: unknown };
    if (call.json) void call.out(JSON.stringify(kept));
  };
  const started = startRun({
    config: config.value,
    directory,
    plugins,
    base: config.directory,
    resume: resume === true,
    steps,
    seed,
    engine,
    threads,
    signal: call.signal,
    note: (line) => call.note(line),
  });
  const fresh = !existsSync(directory);
  try {
    await follow(started, [begin, progressListener(call), evaluationListener(call), events, listen], (line) => call.note(line));
  } catch (error) {
    // A run that never made a step is no run: the corrected command must not find it in its way.
    if (fresh && outcome().losses.length === 0) await rm(directory, { recursive: true, force: true });
    throw located(error, config);
  }
  if (call.json) return;
  for (const line of summaryLines(outcome(), directory)) await call.out(line);
  const stopped = outcome().end?.reason === 'interrupted';
  call.note(stopped ? `Go on: anyformer train ${file} --run ${directory} --resume` : `Next: anyformer evaluate ${directory}`);
};
