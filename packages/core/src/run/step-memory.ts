import { forgetPeak, memoryReport } from '@anyformer/engine';
import type { Task } from '../contract/task.js';
import { optimizerFromConfig } from '../optimize/config.js';
import { schedule } from '../optimize/schedule.js';
import { batches, type PlannedBatch } from '../train/batches.js';
import { Trainer } from '../train/trainer.js';
import type { Assembly } from './assembly.js';
import { collectGarbage } from './collect-garbage.js';

/**
 * Memory of training in bytes, without evaluations. A checkpoint takes nothing worth counting: it is written piece by piece. The parts add up
 * to `total`. Parameters, gradients, optimizer and average are counted; the rest is what was seen in `steps` training steps here, the first of
 * them on the largest batches of the data's first pool.
 */
export interface StepMemory {
  readonly parameters: number;
  /** All of them, as at the end of the backward pass. */
  readonly gradients: number;
  /** Moments and other slots. */
  readonly optimizer: number;
  readonly average: number;
  /** What a step takes besides, at its most: activations first, for which gradients then take the place. None where the engine does not say. */
  readonly activations?: number;
  /** What the engine comes to hold on to besides: blocks of sizes that are not asked for at that moment. */
  readonly engine?: number;
  /** The rest: runtime, code, data, codecs, scratch of the engine. */
  readonly process: number;
  /** Most memory that the process will have (resident set). */
  readonly total: number;
  /** Training steps that this was seen in. */
  readonly steps: number;
}

/** The batches of a task's first pool, and the one with the most cells. */
export const firstPool = async (
  task: Task,
  { config, model }: Assembly,
): Promise<{ readonly planned: readonly PlannedBatch[]; readonly largest: PlannedBatch }> => {
  const planned: PlannedBatch[] = [];
  const size = config.train.batch;
  for await (const batch of batches(task, { seed: config.seed, size, limits: model.task(task.id).limits })) {
    planned.push(batch);
    if (batch.next.epoch > 0 || batch.next.index > 0) break;
  }
  return { planned, largest: planned.reduce((most, one) => (one.cells > most.cells ? one : most)) };
};

/** At least so many steps; from then on until there were enough of them and they took long enough, or took too long. */
const fewest = 3;
const enough = { steps: 16, seconds: 1.5 };
const mostSeconds = 8;

/** Multiples of it, modulo 1, spread evenly however many there are. */
const golden = (Math.sqrt(5) - 1) / 2;

/**
 * Trains as many steps as fit into a few seconds, on the largest batches first and then on batches of all sizes (what lies idle grows with
 * their variety), and says what memory that took. The weights change; nothing is written. `pools` by task id.
 */
export const stepMemory = async (
  { config, model, mixture }: Assembly,
  pools: ReadonlyMap<string, Awaited<ReturnType<typeof firstPool>>>,
): Promise<StepMemory> => {
  const { evaluate: _evaluate, best: _best, patience: _patience, ...recipe } = config.train;
  const optimizer = optimizerFromConfig(recipe.optimizer);
  async function* largestFirst(task: Task): AsyncGenerator<PlannedBatch, never, void> {
    const { planned, largest } = pools.get(task.id)!;
    const bySize = [...planned].sort((a, b) => a.cells - b.cells || a.examples.length - b.examples.length);
    yield largest;
    for (let i = 1; ; i++) yield bySize[Math.floor(((i * golden) % 1) * bySize.length)]!;
  }
  collectGarbage();
  forgetPeak();
  const trainer = new Trainer({
    ...recipe,
    model,
    mixture,
    seed: config.seed,
    optimizer,
    schedule: schedule(recipe.schedule),
    average: recipe.average?.decay,
    batches: largestFirst,
  });
  let steps = 0;
  try {
    const began = performance.now();
    for await (const event of trainer.run()) {
      if (event.type === 'step') steps = event.step;
      const seconds = (performance.now() - began) / 1000;
      if (steps >= fewest && (seconds > mostSeconds || (steps >= enough.steps && seconds > enough.seconds))) break;
    }
    const { parameters: store } = model;
    const frozen = store.frozen(recipe.frozen ?? []);
    const trained = [...store.all].filter(([path]) => !frozen.has(path)).map(([, { shape, size }]) => ({ shape, size }));
    const bytes = (sizes: readonly number[]): number => 4 * sizes.reduce((a, b) => a + b, 0);
    const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
    const parameters = 4 * store.size;
    const counted = {
      parameters,
      gradients: bytes(trained.map(({ size }) => size)),
      optimizer: bytes(trained.flatMap(({ shape }) => Object.values(optimizer.rule.slots(shape)).map(product))),
      average: recipe.average ? parameters : 0,
    };
    const known = Object.values(counted).reduce((a, b) => a + b, 0);
    const { peakBytes, heldBytes, looseBytes } = memoryReport();
    const most = 1024 * process.resourceUsage().maxRSS;
    if (peakBytes === undefined || heldBytes === undefined || looseBytes === undefined)
      return { ...counted, process: most - known, total: most, steps };
    // A few steps have not had all sizes yet: what the engine holds grows, up to a share of its peak that is known.
    const held = Math.max(heldBytes, looseBytes);
    const seen = { activations: peakBytes - known, engine: held - peakBytes };
    return { ...counted, ...seen, process: most - heldBytes, total: most - heldBytes + held, steps };
  } finally {
    trainer.dispose();
    optimizer.dispose();
  }
};
