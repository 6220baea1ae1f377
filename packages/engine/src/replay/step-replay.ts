import { type KernelBackend, kernelBackend } from '../backend/kernel-backend.js';
import type { Block, StoredArray } from '../backend/kernel-library.js';
import { Region } from '../backend/region.js';
import { recording } from '../tape/record.js';
import * as tf from '../tf.js';
import { Program, stepsToRecord } from './program.js';
import { Recording } from './recording.js';

/** One step of something that goes on step by step, such as decoding. */
export interface ReplayableStep {
  /** Number of the step; the next call's is one more. */
  readonly step: number;
  /** Steps with the same layout work on tensors of the same shapes at the same places. */
  readonly layout: string;
  /** No step after this one is asked for. */
  readonly last: number;
  /** What changes from step to step; read by `compute` only by way of what it is handed. The caller disposes it. */
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  /** The step written out, of tensors with the inputs' names; its results, all float32, belong to whoever called. */
  compute(inputs: Readonly<Record<string, tf.Tensor>>): Readonly<Record<string, tf.Tensor>>;
}

const isGone = (variable: tf.TensorInfo): boolean => (variable as tf.Tensor).isDisposed;

/** Steps of a layout after which no more are recorded. */
const mostSteps = 8;

/** The results of a step: values that are good until the next step, and whether `compute` was called for them. */
export interface StepResult {
  readonly values: Readonly<Record<string, Float32Array>>;
  readonly computed: boolean;
}

/** Moves tensors to the host. */
const taken = async (made: Readonly<Record<string, tf.Tensor>>): Promise<Record<string, Float32Array>> => {
  try {
    const read = Object.entries(made).map(async ([name, one]) => [name, await one.data<'float32'>()] as const);
    return Object.fromEntries(await Promise.all(read));
  } finally {
    tf.dispose(made);
  }
};

/**
 * Runs steps, and after a few of them repeats what they did without writing it out again: the kernels of a step are called in one go, with
 * no tensors and no tape between them. What `compute` does besides (counters, caches' lengths) is then the caller's to do. Steps that
 * differ by more than numbers that grow evenly are computed each time. Same kernels, same bytes.
 */
export class StepReplay {
  private readonly backend: KernelBackend | undefined = kernelBackend();
  private layout = '';
  private first = 0;
  private seen = 0;
  private recordings: Recording[] = [];
  private region: Region | undefined;
  private program: Program | undefined;
  private hopeless = false;
  private kept: Record<string, tf.Tensor> = {};
  private outputs: readonly { name: string; block: Block; n: number }[] = [];
  /** Input blocks that the host read: only with these values does the program hold. */
  private readonly fixed = new Map<string, ArrayLike<number>>();

  /** The next step. */
  async run(given: ReplayableStep): Promise<StepResult> {
    const { backend } = this;
    if (!backend || backend !== kernelBackend() || recording()) return this.plain(given);
    if (given.layout !== this.layout || !this.holds(backend)) this.begin(given.layout);
    if (this.program && this.same(given.inputs)) {
      this.write(given.inputs);
      this.program.run(given.step - this.first);
      const values = this.outputs.map(({ name, block, n }) => [name, backend.library.view(block.address, 'float32', n) as Float32Array]);
      return { values: Object.fromEntries(values), computed: false };
    }
    // The first step of a layout packs weights and fills tables; what it does is done once.
    if (this.hopeless || this.program || ++this.seen === 1) return this.plain(given);
    return this.recorded(backend, given);
  }

  /** Frees the memory. */
  dispose(): void {
    this.begin('');
  }

  private begin(layout: string): void {
    this.layout = layout;
    this.seen = 0;
    this.recordings = [];
    this.program = undefined;
    this.hopeless = false;
    this.region?.close();
    this.region = undefined;
    this.fixed.clear();
    tf.dispose(this.kept);
    this.kept = {};
  }

  private async plain({ inputs, compute }: ReplayableStep): Promise<StepResult> {
    return { values: await taken(compute(inputs)), computed: true };
  }

  private async recorded(backend: KernelBackend, given: ReplayableStep): Promise<StepResult> {
    if (this.recordings.length === 0) {
      this.first = given.step;
      this.kept = Object.fromEntries(
        Object.entries(given.inputs).map(([name, input]) => [name, tf.keep(backend.tensor(input.shape, input.dtype as 'float32'))]),
      );
      const { pool } = backend;
      this.region = new Region(
        (size) => pool.outside(() => pool.get(size)),
        (block) => pool.put(block),
      );
    }
    this.write(given.inputs);
    const region = this.region!;
    region.rewind();
    const made = new Recording(backend.library, region);
    for (const input of Object.values(this.kept)) made.allow(backend.blockOf(input)!);
    const result = backend.record(
      made,
      () => given.compute(this.kept),
      (block) => this.noteRead(backend, block),
    );
    this.recordings.push(made);
    const results = Object.entries(result);
    if (region.live !== results.length) made.refuse('the step leaves tensors behind');
    this.outputs = results.map(([name, one]) => ({ name, block: backend.blockOf(one)!, n: one.size }));
    const values = await taken(result);
    if (made.problem) this.giveUp();
    else if (this.recordings.length === stepsToRecord) {
      this.program = Program.of(backend.library, this.recordings, given.last - this.first);
      // What is done once may have been in the oldest: a table that had to be put back into rows.
      if (!this.program && this.seen < mostSteps) {
        this.recordings.shift();
        this.first++;
      } else if (!this.program) this.giveUp();
    }
    return { values, computed: true };
  }

  private giveUp(): void {
    this.hopeless = true;
    this.region?.close();
    this.region = undefined;
  }

  private write(inputs: Readonly<Record<string, tf.Tensor>>): void {
    for (const [name, input] of Object.entries(inputs)) {
      const values = this.hostValues(input); // first: it may be brought into memory only now, and that can void views
      this.hostValues(this.kept[name]!).set(values);
    }
  }

  private hostValues(t: tf.Tensor): StoredArray {
    const { library } = this.backend!;
    return library.view(this.backend!.address(t), t.dtype as 'float32', t.size);
  }

  private noteRead(backend: KernelBackend, block: Block | undefined): void {
    for (const [name, kept] of Object.entries(this.kept))
      if (block && backend.blockOf(kept) === block) this.fixed.set(name, this.hostValues(kept).slice());
  }

  /** Whether every variable is where the program looks for it: one that was replaced, or changed after it was packed, is not. */
  private holds(backend: KernelBackend): boolean {
    return (
      !this.program ||
      this.recordings.at(-1)!.used.every(({ variable, packed, block }) => !isGone(variable) && backend.isAt(variable, packed, block))
    );
  }

  private same(inputs: Readonly<Record<string, tf.Tensor>>): boolean {
    for (const [name, values] of this.fixed) {
      const given = this.hostValues(inputs[name]!);
      for (let i = 0; i < values.length; i++) if (values[i] !== given[i]) return false;
    }
    return true;
  }
}
