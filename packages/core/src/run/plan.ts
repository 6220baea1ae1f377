import { memoryReport, tf, useEngine, valueAndGradients } from '@anyformer/engine';
import { parseConfig } from '../config/issues.js';
import { type RunConfig, runConfig } from '../config/schema.js';
import { isGenerative } from '../contract/modality.js';
import type { Plugin } from '../contract/plugin.js';
import type { Batch, Shape } from '../contract/sequence.js';
import type { Task, TaskModel } from '../contract/task.js';
import { recording } from '../inspect/recorder.js';
import { optimizerFromConfig } from '../optimize/config.js';
import { batches, type PlannedBatch } from '../train/batches.js';
import { type Assembly, assembleRun } from './assembly.js';

/** One task of a plan, looked at through its first batch. */
export interface PlannedTask {
  readonly id: string;
  readonly share: number;
  readonly modalities: readonly string[];
  /** Of the first batch. */
  readonly batch: { readonly examples: number; readonly positions: number; readonly padding: number };
  /** Shape of each intermediate of the first batch, in the order of computing. */
  readonly shapes: readonly { readonly path: string; readonly shape: Shape }[];
  /** Floating-point operations of one update: forward, and twice that backward. */
  readonly flops: number;
}

/** What a config comes to, before anything is trained. */
export interface Plan {
  readonly config: RunConfig;
  readonly parameters: { readonly total: number; readonly byPrefix: Readonly<Record<string, number>> };
  readonly tasks: readonly PlannedTask[];
  /** Bytes. `step` is what one forward and backward pass of the largest task took here; the rest is counted. */
  readonly memory: {
    readonly parameters: number;
    readonly optimizer: number;
    readonly average: number;
    readonly step: number;
    readonly total: number;
  };
  /** Operations of one update and of the whole run. */
  readonly flops: { readonly step: number; readonly run: number };
}

/** What {@link plan} takes. */
export interface PlanOptions {
  readonly config: unknown;
  readonly plugins: readonly Plugin[];
  readonly base?: string | undefined;
  readonly engine?: string | undefined;
  readonly threads?: number | undefined;
  note?(line: string): void;
}

/** Two operations for each weight and position, for matrices that are multiplied; a table that is only looked up costs none. */
const matrixOperations = ({ model }: Assembly, positions: number): number => {
  let weights = 0;
  for (const [path, { shape }] of model.parameters.all)
    if (shape.length >= 2 && !/(^|\/)(table|positions?)(\/|$)/.test(path)) weights += shape.reduce((a, b) => a * b, 1);
  return 2 * weights * positions;
};

/** What a decoder writes is a product with the table of what can be written: `next` [b, t] of the batch says how often. */
const outputOperations = ({ model }: Assembly, task: Task, { next }: Batch): number => {
  const written = task.modalities.find(isGenerative);
  return next && written ? 2 * written.generation.size * model.parameters.width * next.size : 0;
};

/** Scores and mixtures of attention: every attention map [b, h, l, s] costs 4 operations per cell and column of a head. */
const attentionOperations = (shapes: PlannedTask['shapes'], headWidth: number): number =>
  shapes
    .filter(({ path, shape }) => /attention$/.test(path) && shape.length === 4)
    .reduce((sum, { shape }) => sum + 4 * headWidth * shape.reduce((a, b) => a * b, 1), 0);

const firstBatch = async (task: Task, config: RunConfig, limits: TaskModel['limits']): Promise<PlannedBatch> => {
  const stream = batches(task, { seed: config.seed, size: config.train.batch, pool: 2000, limits });
  const { value } = await stream.next();
  await stream.return(undefined as never);
  return value;
};

/** Looks at one task: the shapes of its first batch, and what a pass over it costs. */
const planTask = async (
  assembly: Assembly,
  { task, share }: Assembly['mixture'][number],
): Promise<PlannedTask & { readonly bytes: number }> => {
  const { model, config } = assembly;
  const planned = await firstBatch(task, config, model.task(task.id).limits);
  const batch = tf.tidy(() => task.collate(planned.examples));
  const recorded = recording();
  const pass = { training: false, seed: 0, offset: 0 };
  tf.tidy(() => void model.task(task.id).loss(batch, { ...pass, record: recorded.record }));
  const inputs = Object.entries(batch).map(([path, { shape }]) => ({ path: `batch/${path}`, shape: [...shape] }));
  const shapes = [...inputs, ...[...recorded.tensors].map(([path, { shape }]) => ({ path, shape: [...shape] }))];
  recorded.dispose();
  const { value, gradients } = valueAndGradients(() => {
    const { sum, weight } = model.task(task.id).loss(batch, { ...pass, training: true });
    return { loss: sum, weight };
  }, [...model.parameters.all.values()]);
  const bytes = memoryReport().reservedBytes ?? tf.memory().numBytes;
  tf.dispose([value.loss, value.weight, ...gradients.values(), ...Object.values(batch)]);
  const { heads = 1, width = model.parameters.width } = config.model;
  const sides = task.positions(planned.examples[0]).length;
  const forward =
    matrixOperations(assembly, planned.cells / sides) +
    outputOperations(assembly, task, batch) +
    attentionOperations(shapes, width / heads);
  return {
    id: task.id,
    share,
    modalities: task.modalities.map(({ id }) => id),
    batch: { examples: planned.examples.length, positions: planned.positions, padding: 1 - planned.positions / planned.cells },
    shapes,
    flops: 3 * forward * config.train.accumulate,
    bytes,
  };
};

/**
 * Makes a config concrete without training: data are read, codecs learned, the model built, and the first batch of each task sent through
 * once, forward and backward, for its shapes and memory. Nothing is written.
 */
export const plan = async (options: PlanOptions): Promise<Plan> => {
  const config = parseConfig<RunConfig>(runConfig, options.config);
  const named = options.engine ?? (process.env.ANYFORMER_ENGINE || (config.engine.name === 'auto' ? undefined : config.engine.name));
  await useEngine({ engine: named, threads: options.threads });
  const { note = () => undefined } = options;
  const assembly = await assembleRun({ config, plugins: options.plugins, directory: options.base ?? process.cwd(), note });
  const { model } = assembly;
  try {
    const tasks: (PlannedTask & { readonly bytes: number })[] = [];
    for (const one of assembly.mixture) tasks.push(await planTask(assembly, one));
    const parameters = 4 * model.parameters.size;
    const { rule } = optimizerFromConfig(assembly.config.train.optimizer);
    let optimizer = 0;
    for (const { shape } of model.parameters.all.values())
      for (const slot of Object.values(rule.slots(shape))) optimizer += 4 * slot.reduce((a, b) => a * b, 1);
    const average = config.train.average ? parameters : 0;
    const step = Math.max(...tasks.map(({ bytes }) => bytes)) - parameters;
    const drawn = (config.train.tasksPerStep ?? tasks.length) / tasks.length;
    const flops = drawn * tasks.reduce((sum, task) => sum + task.flops, 0);
    return {
      config: assembly.config,
      parameters: { total: model.parameters.size, byPrefix: Object.fromEntries(model.parameters.counts(3)) },
      tasks: tasks.map(({ bytes: _, ...task }) => task),
      memory: { parameters, optimizer, average, step, total: parameters + optimizer + average + step },
      flops: { step: flops, run: flops * config.train.steps },
    };
  } finally {
    model.dispose();
  }
};
