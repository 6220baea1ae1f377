import { tf, useEngine } from '@anyformer/engine';
import { parseConfig } from '../config/issues.js';
import { type RunConfig, runConfig } from '../config/schema.js';
import { isGenerative } from '../contract/modality.js';
import type { Plugin } from '../contract/plugin.js';
import type { Batch, Shape } from '../contract/sequence.js';
import type { Task } from '../contract/task.js';
import { recording } from '../inspect/recorder.js';
import type { PlannedBatch } from '../train/batches.js';
import { type Assembly, assembleRun } from './assembly.js';
import { engineChoice } from './engine-choice.js';
import { firstPool, type StepMemory, stepMemory } from './step-memory.js';

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
  readonly memory: StepMemory;
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

/** Looks at one task: the shapes of its first batch, and what a pass over it costs. */
const planTask = async (assembly: Assembly, { task, share }: Assembly['mixture'][number], planned: PlannedBatch): Promise<PlannedTask> => {
  const { model, config } = assembly;
  const batch = tf.tidy(() => task.collate(planned.examples));
  const recorded = recording();
  const pass = { training: false, seed: 0, offset: 0 };
  tf.tidy(() => void model.task(task.id).loss(batch, { ...pass, record: recorded.record }));
  const inputs = Object.entries(batch).map(([path, { shape }]) => ({ path: `batch/${path}`, shape: [...shape] }));
  const shapes = [...inputs, ...[...recorded.tensors].map(([path, { shape }]) => ({ path, shape: [...shape] }))];
  recorded.dispose();
  tf.dispose(Object.values(batch));
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
  };
};

/**
 * Makes a config concrete without training: data are read, codecs learned, the model built and trained for a few seconds, for the memory
 * that takes, and the first batch of each task sent through for its shapes. Nothing is written, and what was trained is thrown away.
 */
export const plan = async (options: PlanOptions): Promise<Plan> => {
  const config = parseConfig<RunConfig>(runConfig, options.config);
  await useEngine(engineChoice(options, config));
  const { note = () => undefined } = options;
  const assembly = await assembleRun({ config, plugins: options.plugins, directory: options.base ?? process.cwd(), note });
  const { model } = assembly;
  try {
    const pools = new Map<string, Awaited<ReturnType<typeof firstPool>>>();
    for (const { task } of assembly.mixture) pools.set(task.id, await firstPool(task, assembly));
    // First, for what is recorded below takes more than a training step.
    const memory = await stepMemory(assembly, pools);
    const tasks: PlannedTask[] = [];
    for (const one of assembly.mixture) tasks.push(await planTask(assembly, one, pools.get(one.task.id)!.planned[0]!));
    const drawn = (config.train.tasksPerStep ?? tasks.length) / tasks.length;
    const flops = drawn * tasks.reduce((sum, task) => sum + task.flops, 0);
    return {
      config: assembly.config,
      parameters: { total: model.parameters.size, byPrefix: Object.fromEntries(model.parameters.counts(3)) },
      tasks,
      memory,
      flops: { step: flops, run: flops * config.train.steps },
    };
  } finally {
    model.dispose();
  }
};
