import { adamWRule, type DataSource, type Model, Optimizer, type Task, Trainer } from '@anyformer/core';
import type { Row } from '../rows.js';

/** The same examples in every epoch. */
export const always = <Raw>(examples: readonly Raw[]): DataSource<Raw> => ({
  splits: ['train'],
  async *examples(_, { index }) {
    yield* examples.slice(index);
  },
});

/** Steps of the trainer that users run: batches drawn and collated, gradients clipped, AdamW. */
export const trainingSteps = (model: Model, task: Task, { batch }: Row): (() => Promise<void>) => {
  const events = new Trainer({
    model,
    mixture: [{ task, share: 1 }],
    seed: 1,
    steps: Number.MAX_SAFE_INTEGER,
    batch: { examples: batch },
    optimizer: new Optimizer(adamWRule({ beta1: 0.9, beta2: 0.98, epsilon: 1e-9 }), { decay: 0.01 }),
    schedule: () => 1e-3,
    clip: 1,
  }).run();
  return async () => {
    for (;;) {
      const { value } = await events.next();
      if (value?.type === 'step') return;
    }
  };
};
