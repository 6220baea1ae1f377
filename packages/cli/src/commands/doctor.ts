import { accessSync, constants } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { AnyformerError } from '@anyformer/core';
import { type EngineReport, type EngineSpeed, measureEngine, probeEngines, useEngine } from '@anyformer/engine';
import type { Call } from '../declaration.js';
import { bytes } from '../terminal/duration.js';
import { table } from '../terminal/table.js';

interface Examined extends EngineReport {
  readonly speed?: EngineSpeed;
}

/** Whether runs can be written where we stand. */
const writable = (): boolean => {
  try {
    accessSync(process.cwd(), constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

/** Measures an engine that loads; one that fails at it does not load after all. */
const examine = async (report: EngineReport): Promise<Examined> => {
  if (!report.loads) return report;
  try {
    await useEngine({ engine: report.id });
    return { ...report, speed: await measureEngine(report.id) };
  } catch (error) {
    return { ...report, loads: false, reason: (error as Error).message, fix: 'use another engine' };
  }
};

const rows = (engines: readonly Examined[], chosen: string | undefined): string[][] =>
  engines.map(({ id, loads, detail, speed }) => [
    id,
    loads ? (id === chosen ? 'chosen' : 'loads') : 'no',
    speed ? speed.gigaflops.toFixed(speed.gigaflops < 10 ? 1 : 0) : '',
    speed ? speed.trainingStepMs.toFixed(1) : '',
    detail,
  ]);

/** What keeps the others from loading, and what to do. */
const reasons = (engines: readonly Examined[]): string[] =>
  engines.flatMap(({ id, loads, reason, fix }) => (loads ? [] : [`  ${id}: ${reason}${fix ? `\n    to do: ${fix}` : ''}`]));

/** `doctor`: what works on this machine, how fast, and what to do about the rest. Ends with 3 where nothing can train. */
export const run = async (call: Call): Promise<void> => {
  const reports = await probeEngines();
  const measure = call.options.speed !== false;
  const bar = call.progress('engines', reports.length);
  const engines: Examined[] = [];
  for (const report of reports) {
    if (call.signal.aborted) break;
    engines.push(measure ? await examine(report) : report);
    bar.update(engines.length, report.id);
  }
  bar.end();
  const asked = process.env.ANYFORMER_ENGINE || undefined;
  let chosen: string | undefined;
  let problem: unknown;
  try {
    chosen = (await useEngine()).id;
  } catch (error) {
    problem = error;
  }
  const machine = {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memory: totalmem(),
    writable: writable(),
  };
  if (call.json) await call.out(JSON.stringify({ ...machine, engine: chosen ?? null, ...(asked && { asked }), engines }, null, 2));
  else {
    await call.out(`node ${machine.node}, ${machine.platform}, ${machine.cores} × ${machine.processor}, ${bytes(machine.memory)}`);
    await call.out('');
    const head = ['engine', '', 'GFLOP/s', 'training step, ms', 'what it is'];
    await call.out(table(rows(engines, chosen), { head, align: ['left', 'left', 'right', 'right', 'left'] }));
    await call.out('');
    for (const line of reasons(engines)) await call.out(line);
    if (!machine.writable) call.note('This folder cannot be written: give train another one with --run.');
    if (chosen === 'cpu') call.note('Only the slow reference engine loads: good for tests, too slow to train.');
  }
  if (problem) throw problem;
  if (!engines.some(({ loads }) => loads))
    throw new AnyformerError({ code: 'engine/none', who: 'doctor', given: 'no engine loads here', fix: 'See the reasons above.', exit: 3 });
};
