import { z } from 'zod';
import { adafactorRule } from './adafactor.js';
import { adamWRule } from './adamw.js';
import { Optimizer } from './optimizer.js';
import { sgdRule } from './sgd.js';

const beta = z.number().min(0).lt(1);
const decay = z.number().min(0).default(0).describe('weight decay of matrices');
const noDecay = z.array(z.string()).optional().describe('globs of parameters that do not decay, besides vectors');
const adam = { beta1: beta.default(0.9), beta2: beta.default(0.999), epsilon: z.number().positive().default(1e-8) };

/** The `optimizer:` section of a config. */
export const optimizerConfig = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('adam'), ...adam }),
  z.strictObject({ kind: z.literal('adamw'), ...adam, decay: decay.default(0.01), noDecay }),
  z.strictObject({
    kind: z.literal('sgd'),
    momentum: beta.default(0),
    nesterov: z.boolean().default(false),
    dampening: beta.default(0),
    decay,
    noDecay,
  }),
  z.strictObject({
    kind: z.literal('adafactor'),
    relativeStep: z.boolean().default(true).describe('rate from the step and the parameter; the schedule is not used'),
    warmupInit: z.boolean().default(false),
    scaleParameter: z.boolean().default(true),
    beta1: beta.optional(),
    clipThreshold: z.number().positive().default(1),
    decay,
    noDecay,
  }),
]);

/** A parsed {@link optimizerConfig}. */
export type OptimizerConfig = z.infer<typeof optimizerConfig>;

/** An optimizer from its config. */
export const optimizerFromConfig = (config: OptimizerConfig): Optimizer => {
  switch (config.kind) {
    case 'adam':
      return new Optimizer(adamWRule(config));
    case 'adamw':
      return new Optimizer(adamWRule(config), config);
    case 'sgd':
      return new Optimizer(sgdRule(config), config);
    case 'adafactor':
      return new Optimizer(adafactorRule(config), config);
  }
};
