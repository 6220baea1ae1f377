import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import path from 'node:path';
import type { EngineInfo } from '@anyformer/engine';
import { writeFileWhole } from '../checkpoint/folder.js';
import type { TrainEvent } from '../train/events.js';

/** What of an event `metrics.jsonl` keeps. */
const lineOf = (event: TrainEvent): string => {
  if (event.type !== 'eval') return `${JSON.stringify(event)}\n`;
  const { samples: _, ...kept } = event;
  return `${JSON.stringify(kept)}\n`;
};

/** Lines of events up to a step; what a killed run wrote after it, or half of a line, is dropped. */
const linesUntil = (lines: string, step: number): string =>
  lines
    .split('\n')
    .filter((line) => {
      try {
        return (JSON.parse(line) as { step: number }).step <= step;
      } catch {
        return false;
      }
    })
    .map((line) => `${line}\n`)
    .join('');

/** `metrics.jsonl`: one event a line. If it cannot be written, that is said once and the run goes on. */
export class MetricsFile {
  #file: number | undefined;
  readonly #warn: (line: string) => void;

  private constructor(file: number, warn: (line: string) => void) {
    this.#file = file;
    this.#warn = warn;
  }

  /** Opens the file of a run that stands at `step`. */
  static async open(folder: string, step: number, warn: (line: string) => void): Promise<MetricsFile> {
    const name = path.join(folder, 'metrics.jsonl');
    let before = '';
    try {
      before = readFileSync(name, 'utf8');
    } catch {
      // a new run
    }
    await writeFileWhole(name, linesUntil(before, step));
    return new MetricsFile(openSync(name, 'a'), warn);
  }

  write(event: TrainEvent): void {
    if (this.#file === undefined) return;
    try {
      writeSync(this.#file, lineOf(event));
    } catch (error) {
      this.#warn(`metrics.jsonl cannot be written (${(error as Error).message}); the run goes on without it`);
      this.close();
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

/** `environment.json`: on what a run was made. */
export const environment = (engine: EngineInfo): unknown => ({
  date: new Date().toISOString(),
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
  system: release(),
  processor: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memory: totalmem(),
  engine,
});
