import { z } from 'zod';
import { optimizerConfig } from '../optimize/config.js';
import { scheduleConfig } from '../optimize/schedule.js';
import { batchConfig } from '../train/batches.js';
import { transformerConfig } from '../transformer/config.js';

const id = z.string().regex(/^[^\s/*?]+$/, 'accepted: a name without spaces, slashes and wildcards');

/** The `train:` section. */
const trainConfig = z.strictObject({
  steps: z.int().positive().describe('number of the last step'),
  batch: batchConfig.describe('of each task and step'),
  accumulate: z.int().positive().default(1).describe('micro-batches per task and step; their gradient is that of one batch'),
  tasksPerStep: z.int().positive().optional().describe('tasks drawn for each step; all of them unless said'),
  optimizer: optimizerConfig.prefault({ kind: 'adamw' }),
  schedule: scheduleConfig,
  clip: z.number().positive().optional().describe('largest global norm of the gradient'),
  average: z
    .strictObject({ decay: z.number().min(0).lt(1) })
    .optional()
    .describe('exponential moving average of the weights, used for everything but training'),
  frozen: z.array(z.string()).optional().describe('globs of parameters that stay as they are'),
  evaluate: z
    .strictObject({
      every: z.int().positive(),
      split: z.string().default('valid'),
      examples: z.int().positive().optional().describe('only so many'),
    })
    .optional(),
  best: z.string().optional().describe('task/metric that says which evaluation was best'),
  patience: z.int().positive().optional().describe('evaluations without a better one after which the run stops'),
  cosineEvery: z.int().positive().default(50).describe('steps between looks at the cosine of the tasks’ gradients'),
});

/** A run's config. Options of modality and task kinds are checked by their plug-ins; here they pass. */
export const runConfig = z.strictObject({
  plugins: z.array(z.string()).default([]).describe('packages or paths besides the built-in ones'),
  seed: z.int().min(0).default(1),
  modalities: z.record(id, z.looseObject({ kind: z.string() })),
  tasks: z.record(id, z.looseObject({ kind: z.string(), share: z.number().positive().default(1).describe('weight in the mixture') })),
  model: transformerConfig,
  train: trainConfig,
  checkpoint: z.strictObject({ every: z.int().positive().default(1000), keep: z.int().positive().default(3) }).prefault({}),
  engine: z
    .strictObject({ name: z.string().default('auto'), threads: z.union([z.literal('auto'), z.int().positive()]).default('auto') })
    .prefault({}),
  directory: z.string().optional().describe('folder from which relative paths start; that of the config file unless said'),
});

/** A parsed config. */
export type RunConfig = z.infer<typeof runConfig>;
/** A config as somebody writes it. */
export type RunConfigInput = z.input<typeof runConfig>;

/** JSON Schema of a config, for editors. */
export const runConfigSchema = (): unknown => z.toJSONSchema(runConfig, { io: 'input' });
