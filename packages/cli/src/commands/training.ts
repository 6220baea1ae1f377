import type { Results, startRun, TrainEvent } from '@anyformer/core';
import type { Call } from '../declaration.js';
import { count, duration } from '../terminal/duration.js';
import { sparkline } from '../terminal/sparkline.js';
import type { Progress } from '../terminal/terminal.js';
import { figure } from './values.js';

/** Somebody who listens to a run. */
export type Listener = (event: TrainEvent) => void;

/** Runs to the end. A listener that fails says so once and is heard no more; the run goes on. */
export const follow = (
  events: ReturnType<typeof startRun>,
  listeners: readonly Listener[],
  note: (line: string) => void,
): Promise<void> => {
  const active = new Set(listeners);
  return new Promise((resolve, reject) =>
    events.subscribe({
      next: (event) => {
        for (const listener of active) {
          try {
            listener(event);
          } catch (error) {
            active.delete(listener);
            if ((error as Error).message) note(`a display failed and is left out: ${(error as Error).message}`);
          }
        }
      },
      error: reject,
      complete: resolve,
    }),
  );
};

/** One line per task: `translation  bleu 97.3 · accuracy 0.993`. */
export const resultLines = (results: Results): string[] =>
  Object.entries(results).map(([task, metrics]) => {
    const shown = Object.entries(metrics).map(([name, value]) => `${name} ${figure(value)}`);
    return `${task}  ${shown.join(' · ')}`;
  });

/** The live line: step, loss, rate, gradient norm, positions a second, ETA. */
export const progressListener = (call: Call, label = 'step'): Listener => {
  let bar: Progress | undefined;
  let first = 0;
  return (event) => {
    if (event.type === 'start') [bar, first] = [call.progress(label, event.steps), event.step];
    if (event.type === 'step') {
      const { step, loss, rate, norm, positionsPerSecond, eta } = event;
      const extra = [
        `loss ${loss.toFixed(3)}`,
        `rate ${rate.toExponential(1)}`,
        `norm ${norm.toFixed(2)}`,
        `${count(positionsPerSecond)} positions/s`,
      ];
      // The first steps warm up: their pace says nothing about the rest.
      bar?.update(step, extra.join(' · '), step - first < 10 ? Number.NaN : eta);
    }
    if (event.type === 'end') bar?.end();
  };
};

/** A line for each evaluation. */
export const evaluationListener = (call: Call): Listener => {
  const { bold, green } = call.terminal.colors.note;
  return (event) => {
    if (event.type !== 'eval') return;
    for (const line of resultLines(event.results))
      call.note(`${bold(`step ${event.step}`)} ${event.split}: ${line}${event.best ? green(' ★ best') : ''}`);
  };
};

/** What a run came to. */
export interface Outcome {
  readonly losses: readonly number[];
  readonly results: Results | undefined;
  readonly end: Extract<TrainEvent, { type: 'end' }> | undefined;
}

/** Gathers the outcome. */
export const outcomeListener = (): { readonly listen: Listener; readonly outcome: () => Outcome } => {
  const losses: number[] = [];
  let results: Results | undefined;
  let end: Outcome['end'];
  return {
    listen(event) {
      if (event.type === 'step') losses.push(event.loss);
      if (event.type === 'eval') results = event.results;
      if (event.type === 'end') end = event;
    },
    outcome: () => ({ losses, results, end }),
  };
};

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The summary of a run for people. */
export const summaryLines = ({ losses, results, end }: Outcome, directory: string): string[] => {
  if (!end) return [];
  const how = { finished: 'finished', interrupted: 'stopped and saved', 'stopped-early': 'stopped early, as nothing got better' }[
    end.reason
  ];
  const lines = [`${directory}: ${how} at step ${end.step} after ${duration(end.seconds)}`];
  if (losses.length > 1) {
    const some = Math.max(1, Math.floor(losses.length / 20));
    lines.push(`  loss  ${sparkline(losses)}  ${figure(mean(losses.slice(0, some)))} → ${figure(mean(losses.slice(-some)))}`);
  }
  for (const line of resultLines(results ?? {})) lines.push(`  ${line}`);
  if (end.best) lines.push(`  best  ${end.best.metric} ${figure(end.best.value)} at step ${end.best.step}`);
  return lines;
};
