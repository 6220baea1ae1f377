import { type KernelBackend, kernelBackend } from '../backend/kernel-backend.js';
import type { Block, StoredArray, StoredType } from '../backend/kernel-library.js';
import type { Region } from '../backend/region.js';
import type { StoredData } from '../backend/stored-data.js';
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

/** Steps of a layout after which no more are recorded. */
const mostSteps = 8;

/** Float32 results of a step by name. */
export type StepValues = Readonly<Record<string, Float32Array>>;

/** The results of a step: values that are good until the next step, and whether `compute` was called for them. */
export interface StepResult {
  readonly values: StepValues;
  readonly computed: boolean;
}

/** Where a program looks for an input or leaves a result. */
interface Place {
  readonly name: string;
  readonly block: Block;
  readonly type: StoredType;
  readonly n: number;
}

/** A step written out. */
export const writtenOut = async ({ inputs, compute }: Pick<ReplayableStep, 'inputs' | 'compute'>): Promise<StepValues> => {
  const made = compute(inputs);
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
 * differ by more than numbers that grow evenly are computed each time. Same kernels, same bytes. What is kept for it goes with the first
 * change of a variable that the steps read.
 */
export class StepReplay {
  private backend: KernelBackend | undefined;
  private layout = '';
  private first = 0;
  private seen = 0;
  private recordings: Recording[] = [];
  private region: Region | undefined;
  /** Where what was made in `settled` lies, and at which places. */
  private home: Region | undefined;
  private places = '';
  private program: Program | undefined;
  private hopeless = false;
  private isRecording = false;
  private isStale = false;
  /** Data of variables that the steps read. */
  private readonly heard = new Set<StoredData>();
  private inputs: readonly Place[] = [];
  private outputs: readonly Place[] = [];
  /** Inputs that the host read: only with these values does the program hold. */
  private readonly fixed = new Map<string, ArrayLike<number>>();

  /** The next step. */
  async run(given: ReplayableStep): Promise<StepResult> {
    return this.atOnce(given) ?? { values: await writtenOut(given), computed: true };
  }

  /** The next step, if it can be repeated or is one to record; undefined where the caller has to have it written out. */
  atOnce(given: ReplayableStep): StepResult | undefined {
    const backend = kernelBackend();
    if (!backend || recording()) return undefined;
    if (backend !== this.backend || given.layout !== this.layout || !this.holds()) this.begin(backend, given.layout);
    if (this.program && this.same(given.inputs)) {
      this.write(given.inputs);
      // Written out, the step says what is wrong with it.
      if (!this.program.run(given.step - this.first)) return undefined;
      return { values: Object.fromEntries(this.outputs.map((place) => [place.name, this.at(place) as Float32Array])), computed: false };
    }
    if (this.hopeless || this.program) return undefined;
    this.seen++;
    return { values: this.recorded(backend, given), computed: true };
  }

  /**
   * Makes what the steps work on besides inputs and variables, such as caches, where it lay the last time, so that what was recorded then
   * holds again. What was made the last time has to be disposed by now.
   */
  settled<T>(make: () => T): T {
    const backend = kernelBackend();
    if (!backend || backend.pool.region) return make();
    if (backend !== this.backend || this.home === undefined || this.home.closed || this.home.live > 0) {
      this.dispose();
      this.backend = backend;
      this.home = backend.pool.newRegion();
    }
    this.home.rewind();
    try {
      const made = backend.pool.within(this.home, make);
      if (this.home.places !== this.places) this.begin(backend, '');
      this.places = this.home.places;
      return made;
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** Whether steps are repeated, as far as can be told before the next. */
  get isReady(): boolean {
    return this.program !== undefined;
  }

  /** Bytes that it holds. */
  get bytes(): number {
    return (this.region?.bytes ?? 0) + (this.home?.bytes ?? 0);
  }

  /** Frees the memory. */
  dispose(): void {
    this.begin(this.backend, '');
    this.home?.close();
    this.home = undefined;
  }

  private begin(backend: KernelBackend | undefined, layout: string): void {
    this.backend = backend;
    this.layout = layout;
    this.seen = 0;
    this.program = undefined;
    this.hopeless = false;
    this.isStale = false;
    this.forgetSteps();
    for (const data of this.heard) data.offChange(this.changed);
    this.heard.clear();
  }

  private recorded(backend: KernelBackend, given: ReplayableStep): StepValues {
    if (this.recordings.length === 0) {
      this.first = given.step;
      this.region = backend.pool.newRegion();
    }
    for (const input of Object.values(given.inputs)) this.valuesOf(input); // brought into memory now, not as a part of the step
    const region = this.region!;
    region.rewind();
    const made = new Recording(backend.library, region);
    this.isRecording = true;
    try {
      const result = backend.record(
        made,
        () => this.compute(backend, made, given),
        (block) => this.noteRead(block),
      );
      this.recordings.push(made);
      const results = Object.entries(result);
      if (region.live !== results.length) made.refuse('the step leaves tensors behind');
      this.outputs = results.map(([name, one]) => ({ name, block: backend.blockOf(one)!, type: 'float32', n: one.size }));
      const values = Object.fromEntries(results.map(([name, one]) => [name, one.dataSync<'float32'>()]));
      tf.dispose(result);
      this.conclude(backend, made, given.last);
      return values;
    } finally {
      this.isRecording = false;
      if (this.isStale) this.begin(backend, '');
    }
  }

  /** The step on copies of its inputs, at places of their own. */
  private compute(backend: KernelBackend, made: Recording, given: ReplayableStep): Readonly<Record<string, tf.Tensor>> {
    const own = Object.entries(given.inputs).map(([name, { shape, dtype }]) => [name, backend.tensor(shape, dtype as StoredType)] as const);
    this.inputs = own.map(([name, one]) => ({ name, block: backend.blockOf(one)!, type: one.dtype as StoredType, n: one.size }));
    for (const { block } of this.inputs) {
      made.region.reserve(block);
      made.allow(block);
    }
    this.write(given.inputs);
    try {
      return given.compute(Object.fromEntries(own));
    } finally {
      for (const [, one] of own) one.dispose();
    }
  }

  /** Makes a program when there is enough to make it of. */
  private conclude(backend: KernelBackend, made: Recording, last: number): void {
    for (const { variable, data } of made.used) {
      if (!variable) continue;
      this.heard.add(data);
      data.onChange(this.changed);
    }
    // What is done once (weights packed, tables filled) may be in the oldest.
    if (made.problem && this.seen === 1) this.forgetSteps();
    else if (made.problem) this.giveUp();
    else if (this.recordings.length === stepsToRecord) {
      this.program = Program.of(backend.library, this.recordings, last - this.first);
      if (!this.program && this.seen < mostSteps) {
        this.recordings.shift();
        this.first++;
      } else if (!this.program) this.giveUp();
    }
  }

  private giveUp(): void {
    this.hopeless = true;
    this.forgetSteps();
  }

  private forgetSteps(): void {
    this.recordings = [];
    this.fixed.clear();
    this.region?.close();
    this.region = undefined;
  }

  /** A variable that was read changes or goes. */
  private readonly changed = (): void => {
    if (this.isRecording) this.isStale = true;
    else if (this.home?.live) this.begin(this.backend, '');
    else this.dispose();
  };

  private write(inputs: Readonly<Record<string, tf.Tensor>>): void {
    for (const place of this.inputs) {
      const values = this.valuesOf(inputs[place.name]!); // first: it may be brought into memory only now, and that can void views
      this.at(place).set(values);
    }
  }

  private at({ block, type, n }: Place): StoredArray {
    return this.backend!.library.view(block.address, type, n);
  }

  private valuesOf(t: tf.Tensor): StoredArray {
    const backend = this.backend!;
    if (!backend.blockOf(t)) backend.address(t);
    return backend.library.view(backend.blockOf(t)!.address, t.dtype as StoredType, t.size);
  }

  private noteRead(block: Block | undefined): void {
    for (const place of this.inputs) if (place.block === block) this.fixed.set(place.name, this.at(place).slice());
  }

  /**
   * Whether everything is where the program looks for it. A variable that was given other values says nothing if somebody else holds on to
   * what it had before, so all are looked at.
   */
  private holds(): boolean {
    return !this.program || this.recordings.at(-1)!.used.every((use) => this.backend!.isThere(use) || this.home?.holds(use.block));
  }

  private same(inputs: Readonly<Record<string, tf.Tensor>>): boolean {
    for (const [name, values] of this.fixed) {
      const given = this.valuesOf(inputs[name]!);
      for (let i = 0; i < values.length; i++) if (values[i] !== given[i]) return false;
    }
    return true;
  }
}
