import { tensorCount, tf } from '@anyformer/engine';
import type { Split } from '../contract/data.js';
import type { Task } from '../contract/task.js';
import type { Model } from '../model/model.js';
import { WeightAverage } from '../optimize/average.js';
import { clipFactor, globalNorm } from '../optimize/clip.js';
import type { Optimizer } from '../optimize/optimizer.js';
import type { Schedule } from '../optimize/schedule.js';
import type { UnreadValues } from '../parameters/unread-values.js';
import { seedOf } from '../random/seed.js';
import { type BatchCursor, type BatchSize, batches, firstBatch, type PlannedBatch } from './batches.js';
import { bestMetric, evaluate } from './evaluate.js';
import type { Results, TrainEvent } from './events.js';
import { gradientCosines } from './gradient-cosine.js';
import { GradientSum } from './gradient-sum.js';
import { type Gradients, notFinite, type TaskGradient, taskGradient } from './gradients.js';
import { type Share, tasksOfStep } from './mixture.js';
import { Pace } from './pace.js';
import { Saving } from './saving.js';
import type { Best, Snapshot, TrainingState } from './state.js';
import { TensorBudget } from './tensor-budget.js';

/** What is trained, on what, how, and what happens on the way. */
export interface TrainOptions {
  readonly model: Model;
  readonly mixture: readonly Share[];
  /** Tasks drawn for each step; all of them unless said. */
  readonly tasksPerStep?: number | undefined;
  readonly seed: number;
  /** Number of the last step. */
  readonly steps: number;
  readonly batch: BatchSize;
  /** Where the batches of a task come from; from its data, cut to the size of `batch`, unless said. */
  readonly batches?: ((task: Task) => AsyncGenerator<PlannedBatch, never, void>) | undefined;
  /** Micro-batches per task and step; their gradient is that of one batch. */
  readonly accumulate?: number | undefined;
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
  /** Largest global norm of the gradient. */
  readonly clip?: number | undefined;
  /** Decay of the weights' exponential moving average. */
  readonly average?: number | undefined;
  /** Globs of parameters that stay as they are. */
  readonly frozen?: readonly string[] | undefined;
  readonly evaluate?: { readonly every: number; readonly split: Split; readonly examples?: number | undefined } | undefined;
  /** `task/metric` that says which evaluation was best. */
  readonly best?: string | undefined;
  /** Evaluations without a better one after which the run stops. */
  readonly patience?: number | undefined;
  readonly checkpoint?:
    | {
        readonly every: number;
        /** Stores a snapshot and says where. Training waits for it, and its numbers can be read until then. */
        save(snapshot: Snapshot<UnreadValues>, best: boolean): Promise<string>;
      }
    | undefined;
  readonly resume?: Snapshot | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Steps between two looks at the cosine of the tasks' gradients; 50 unless said. */
  readonly cosineEvery?: number | undefined;
}

/** Gives timers, signals and sockets their turn: an async loop of microtasks alone would starve them. */
const breathe = (): Promise<void> => new Promise((resolve) => (globalThis.setImmediate ?? setTimeout)(resolve));

/** One run, step by step. */
export class Trainer {
  readonly #options: TrainOptions;
  readonly #variables: ReadonlyMap<string, tf.Variable>;
  readonly #average: WeightAverage | undefined;
  readonly #streams = new Map<string, AsyncGenerator<PlannedBatch, never, void>>();
  readonly #cursors = new Map<string, BatchCursor>();
  #step = 0;
  #best: Best | undefined;
  #sinceBest = 0;
  #savedAt = -1;

  constructor(options: TrainOptions) {
    this.#options = options;
    const { model, optimizer, resume, average } = options;
    const all = model.parameters.all;
    if (options.best) bestMetric(this.#tasks, options.best);
    if (resume) model.parameters.load(resume.raw ?? resume.weights, { strict: true });
    const frozen = model.parameters.frozen(options.frozen ?? []);
    this.#variables = new Map([...all].filter(([path]) => !frozen.has(path)));
    this.#average = average === undefined ? undefined : new WeightAverage(all, average);
    if (resume) {
      this.#average?.restore(resume.weights);
      optimizer.restore(this.#variables, resume.slots, resume.state.updates);
      this.#step = this.#savedAt = resume.state.step;
      this.#best = resume.state.best;
      this.#sinceBest = resume.state.sinceBest;
      for (const [id, cursor] of Object.entries(resume.state.cursors)) this.#cursors.set(id, cursor);
    } else optimizer.prepare(this.#variables);
  }

  /** Runs to the last step, an abort, or a failure. */
  async *run(): AsyncGenerator<TrainEvent> {
    const { model, mixture, steps, signal, evaluate: evaluation, checkpoint, patience } = this.#options;
    const began = performance.now();
    const seconds = (): number => (performance.now() - began) / 1000;
    yield { type: 'start', step: this.#step, steps, parameters: model.parameters.size, tasks: mixture.map(({ task }) => task.id) };
    const pace = new Pace();
    const budget = new TensorBudget();
    const first = this.#step;
    let reason: 'finished' | 'interrupted' | 'stopped-early' = 'finished';
    while (this.#step < steps) {
      const update = await this.#update(budget);
      const step = this.#step;
      pace.add(update.positions);
      const tensors = tensorCount();
      const progress = { positionsPerSecond: pace.rate, tensors, seconds: seconds(), eta: pace.eta(steps - step) };
      yield { type: 'step', step, steps, ...update, ...progress };
      await breathe();
      let best = false;
      if (evaluation && (step % evaluation.every === 0 || step === steps)) {
        const event = await this.#evaluate(evaluation).catch((error: unknown) => ({ error }));
        if ('error' in event) {
          // What was learned outlives an evaluation that fails, such as over a file that is broken further on.
          if (checkpoint && this.#savedAt !== step) yield await this.#save(false);
          throw event.error;
        }
        pace.pause();
        budget.phase('evaluation');
        best = event.best;
        yield { ...event, seconds: seconds() };
      }
      if (patience !== undefined && this.#sinceBest >= patience) reason = 'stopped-early';
      if (signal?.aborted) reason = 'interrupted';
      if (checkpoint && (best || step % checkpoint.every === 0)) {
        yield await this.#save(best);
        pace.pause();
        budget.phase('checkpoint');
      }
      budget.close(step, step - first <= 2);
      if (reason !== 'finished') break;
    }
    if (checkpoint && this.#savedAt !== this.#step) yield await this.#save(false);
    yield { type: 'end', step: this.#step, reason, seconds: seconds(), ...(this.#best && { best: this.#best }) };
  }

  get #tasks(): readonly Task[] {
    return this.#options.mixture.map(({ task }) => task);
  }

  /** One update: a gradient of each task of the step, summed by shares, clipped, and taken by the optimizer. */
  async #update(budget: TensorBudget) {
    const { model, mixture, tasksPerStep, seed, optimizer, schedule, clip } = this.#options;
    const step = this.#step + 1;
    const shares = tasksOfStep(mixture, tasksPerStep, seed, step);
    const losses: Record<string, number> = {};
    const epochs: Record<string, number> = {};
    const total = new GradientSum();
    const looked = mixture.length > 1 && step % (this.#options.cosineEvery ?? 50) === 0 ? new Map<string, Gradients>() : undefined;
    let loss = 0;
    let positions = 0;
    let cells = 0;
    for (const { task, share } of shares) {
      const planned = await this.#draw(task);
      positions += planned.reduce((sum, one) => sum + one.positions, 0);
      cells += planned.reduce((sum, one) => sum + one.cells, 0);
      epochs[task.id] = planned.at(-1)!.epoch;
      const passes = planned.map((_, micro) => ({ training: true, seed: seedOf(seed, 'task', task.id, 'pass', step, micro), offset: 0 }));
      const examples = planned.map((one) => one.examples);
      const made: TaskGradient = await taskGradient(task, model.task(task.id), examples, passes, this.#variables);
      losses[task.id] = made.loss;
      loss += share * made.loss;
      looked?.set(task.id, new Map([...made.gradients].map(([path, gradient]) => [path, tf.tidy(() => tf.mul(gradient, 1))])));
      total.add(made, share);
    }
    budget.phase('forward and backward');
    const cosines = looked && (await gradientCosines(looked));
    for (const kept of looked?.values() ?? []) tf.dispose([...kept.values()]);
    const { gradients } = total;
    const norm = total.scale * (await globalNorm(gradients.values()));
    if (!Number.isFinite(norm) || !Number.isFinite(loss)) {
      const error = await notFinite({ step, losses, gradients, saved: this.#savedAt < 0 ? undefined : this.#savedAt });
      total.dispose();
      throw error;
    }
    const scale = total.scale * (clip === undefined ? 1 : clipFactor(norm, clip));
    const rate = schedule(step);
    for (const [path, gradient] of gradients) optimizer.update(path, this.#variables.get(path)!, gradient, rate, scale);
    total.dispose();
    this.#average?.update(step);
    budget.phase('optimizer');
    this.#step = step;
    return { loss, losses, rate, norm, positions, padding: 1 - positions / cells, epochs, ...(cosines && { cosines }) };
  }

  /** The next micro-batches of a task. */
  async #draw(task: Task): Promise<PlannedBatch[]> {
    const { seed, batch: size, accumulate = 1 } = this.#options;
    let stream = this.#streams.get(task.id);
    if (stream === undefined) {
      stream =
        this.#options.batches?.(task) ??
        batches(task, { seed, size, limits: this.#options.model.task(task.id).limits }, this.#cursors.get(task.id) ?? firstBatch);
      this.#streams.set(task.id, stream);
    }
    const planned: PlannedBatch[] = [];
    for (let micro = 0; micro < accumulate; micro++) {
      const { value } = await stream.next();
      planned.push(value);
      this.#cursors.set(task.id, value.next);
    }
    return planned;
  }

  /** Each task alone, with the weights to use. */
  async #evaluate({ split, examples }: { readonly split: Split; readonly examples?: number | undefined }) {
    const { model, best: named } = this.#options;
    const run = async (): Promise<{ results: Results; samples: Record<string, readonly unknown[]> }> => {
      const results: Record<string, Readonly<Record<string, number>>> = {};
      const samples: Record<string, readonly unknown[]> = {};
      for (const task of this.#tasks) {
        const made = await evaluate(task, model.task(task.id), { split, examples, samples: 8 });
        results[task.id] = made.results;
        samples[task.id] = made.samples;
      }
      return { results, samples };
    };
    const { results, samples } = await (this.#average ? this.#average.swapped(run) : run());
    let best = false;
    if (named !== undefined) {
      const chosen = bestMetric(this.#tasks, named);
      const value = results[chosen.task]![chosen.metric]!;
      // Of a perplexity that overflowed nothing could ever be better or worse.
      best = Number.isFinite(value) && (this.#best === undefined || chosen.better(value, this.#best.value));
      if (best) this.#best = { metric: named, value, step: this.#step };
      // An evaluation only because the run ends here must not count: a longer run would not have had it.
      if (best) this.#sinceBest = 0;
      else if (this.#step % this.#options.evaluate!.every === 0) this.#sinceBest += 1;
    }
    return { type: 'eval' as const, step: this.#step, split, results, samples, best };
  }

  async #save(best: boolean): Promise<TrainEvent> {
    const saving = new Saving();
    let path: string;
    try {
      path = await this.#options.checkpoint!.save(this.#snapshot(saving), best);
    } finally {
      saving.end();
    }
    this.#savedAt = this.#step;
    return { type: 'checkpoint', step: this.#step, path, best };
  }

  /** Everything needed to go on from here. */
  #snapshot(saving: Saving): Snapshot<UnreadValues> {
    const { model, optimizer, seed } = this.#options;
    const raw = saving.guarded(model.parameters.unread());
    const state: TrainingState = {
      seed,
      step: this.#step,
      cursors: Object.fromEntries(this.#cursors),
      best: this.#best,
      sinceBest: this.#sinceBest,
      updates: optimizer.steps,
    };
    const slots = saving.guarded(optimizer.unread());
    return this.#average ? { state, weights: saving.guarded(this.#average.unread()), raw, slots } : { state, weights: raw, slots };
  }

  /** Frees what the run made; the model and the optimizer belong to the caller. */
  dispose(): void {
    this.#average?.dispose();
    for (const stream of this.#streams.values()) void stream.return(undefined as never);
  }
}
