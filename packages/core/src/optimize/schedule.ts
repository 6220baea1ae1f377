import { z } from 'zod';

/**
 * Learning rate of an update. `step` counts from 1; at 0 a warm-up gives 0. Shapes as in transformers' `get_*_schedule`, so that a value at
 * step t here is the value at step t there.
 */
export type Schedule = (step: number) => number;

const rate = z.number().positive().describe('highest learning rate');
const warmup = z.int().min(0).default(0).describe('steps in which the rate rises from 0');
const total = z.int().positive().describe('step at which the rate is 0; does not move with --steps');

/** The `schedule:` section of a config. */
export const scheduleConfig = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant'), peak: rate, warmup }),
  z.strictObject({ kind: z.literal('linear'), peak: rate, warmup, total }),
  z.strictObject({ kind: z.literal('cosine'), peak: rate, warmup, total }),
  z.strictObject({ kind: z.literal('inverse-square-root'), peak: rate, warmup: z.int().positive().default(4000) }),
  z.strictObject({
    kind: z.literal('noam'),
    width: z.int().positive().describe('model width w of the formula'),
    warmup: z.int().positive().default(4000),
    factor: z.number().positive().default(1),
  }),
]);

/** A parsed {@link scheduleConfig}. */
export type ScheduleConfig = z.infer<typeof scheduleConfig>;

/** A schedule from its config. */
export const schedule = (config: ScheduleConfig): Schedule => {
  if (config.kind === 'noam') {
    // Vaswani et al. 2017, section 5.3
    const { width, warmup, factor } = config;
    return (step) => factor * width ** -0.5 * Math.min(step ** -0.5, step * warmup ** -1.5);
  }
  const { peak, warmup } = config;
  const rising = (after: (step: number) => number): Schedule => {
    return (step) => peak * (step < warmup ? step / warmup : after(step));
  };
  switch (config.kind) {
    case 'constant':
      return rising(() => 1);
    case 'linear':
      return rising((step) => Math.max(0, (config.total - step) / Math.max(1, config.total - warmup)));
    case 'cosine':
      return rising((step) => {
        const progress = Math.min(1, (step - warmup) / Math.max(1, config.total - warmup));
        return 0.5 * (1 + Math.cos(Math.PI * progress));
      });
    case 'inverse-square-root':
      return rising((step) => Math.sqrt(warmup / step));
  }
};
