import { AnyformerError, nearest } from '@anyformer/engine';
import type { Split } from '../contract/data.js';
import type { Metric } from '../contract/metric.js';
import type { Task, TaskModel } from '../contract/task.js';
import { unknownSplit } from '../data/generated.js';
import { measured } from './example.js';

/** One task's results on a split. */
export interface Evaluation {
  readonly results: Readonly<Record<string, number>>;
  /** More about a metric, such as a signature, by metric name. */
  readonly details: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** The first observations. */
  readonly samples: readonly unknown[];
  readonly examples: number;
}

/** What {@link evaluate} takes. */
export interface EvaluateOptions {
  readonly split: Split;
  /** Only so many examples. */
  readonly examples?: number | undefined;
  /** Observations to give back. */
  readonly samples?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  onProgress?(done: number, total: number | undefined): void;
}

/** Examples observed at a time: enough to sort by length, few enough to report progress. */
const windowSize = 256;

const noExample = (task: Task, split: Split): AnyformerError =>
  new AnyformerError({
    code: 'data/empty',
    who: `Task '${task.id}'`,
    given: `no example in the split '${split}'`,
    accepted: 'at least one',
    fix: 'Check the data files and their filters.',
    exit: 2,
  });

/** Fails where a split of a task is unknown or empty: what will be evaluated is looked at before training, not hours later. */
export const requireExamples = async (task: Task, split: Split): Promise<void> => {
  if (!task.data.splits.includes(split)) throw unknownSplit('train.evaluate.split', split, task.data.splits);
  for await (const _ of task.data.examples(split, { epoch: 0, index: 0, seed: 0 })) return;
  throw noExample(task, split);
};

/** Runs a task's metrics over a split, alone. */
export const evaluate = async (task: Task, model: TaskModel, options: EvaluateOptions): Promise<Evaluation> => {
  const { split, examples: limit = Number.POSITIVE_INFINITY, samples: wanted = 0 } = options;
  const metrics: readonly Metric<unknown>[] = task.metrics();
  const samples: unknown[] = [];
  let done = 0;
  const size = task.data.splits.includes(split) ? task.data.size?.(split) : undefined;
  const total = size === undefined ? undefined : Math.min(size, limit);
  const take = async (raws: readonly unknown[]): Promise<void> => {
    const observations = await model.observe(raws).catch((error: unknown) => {
      // Whose fault it is says more than what the model could not do.
      for (const raw of raws) measured(task, raw, model.limits);
      throw error;
    });
    for (const observation of observations) {
      for (const metric of metrics) metric.add(observation);
      if (samples.length < wanted) samples.push(observation);
    }
    done += raws.length;
    options.onProgress?.(done, total);
  };
  let held: unknown[] = [];
  for await (const raw of task.data.examples(split, { epoch: 0, index: 0, seed: 0 })) {
    if (done + held.length >= limit) break;
    held.push(raw);
    if (held.length === windowSize) {
      options.signal?.throwIfAborted();
      await take(held);
      held = [];
    }
  }
  if (held.length > 0) await take(held);
  if (done === 0) throw noExample(task, split);
  return {
    results: Object.fromEntries(metrics.map((metric) => [metric.name, metric.result()])),
    details: Object.fromEntries(metrics.flatMap((metric) => (metric.details ? [[metric.name, metric.details()]] : []))),
    samples,
    examples: done,
  };
};

/** The metric that picks the best checkpoint, from `task/metric`. Errors list what there is. */
export const bestMetric = (
  tasks: readonly Task[],
  name: string,
): { readonly task: string; readonly metric: string; better(a: number, b: number): boolean } => {
  const known = tasks.flatMap((task) => task.metrics().map((metric) => ({ name: `${task.id}/${metric.name}`, task: task.id, metric })));
  const found = known.find((one) => one.name === name);
  if (found === undefined) {
    const near = nearest(
      name,
      known.map((one) => one.name),
    );
    throw new AnyformerError({
      code: 'train/unknown-metric',
      who: 'train.best',
      given: `'${name}'`,
      accepted: known.map((one) => one.name).join(', '),
      fix: near ? `Did you mean '${near}'?` : undefined,
      exit: 2,
    });
  }
  const higher = found.metric.better === 'higher';
  return { task: found.task, metric: found.metric.name, better: (a, b) => (higher ? a > b : a < b) };
};
