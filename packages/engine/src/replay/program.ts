import type { KernelLibrary, RunnableCommands } from '../backend/kernel-library.js';
import type { Command, Recording, Upload } from './recording.js';

/** A number of a command that is `slope` more with every step. */
interface Moving {
  readonly command: number;
  readonly argument: number;
  readonly base: number;
  readonly slope: number;
}

/** Steps recorded of a program: two say by how much a number grows, the third that it really does. */
export const stepsToRecord = 3;

/**
 * A step that is repeated without being written out again: the kernels of three successive recordings, each number of which either stays or
 * grows by the same amount from step to step (the length of a cache, the place in it that is written to).
 */
export class Program {
  private readonly runnable: RunnableCommands;
  private readonly moving: readonly Moving[];
  private readonly uploads: readonly { readonly first: Upload; readonly slopes: Float64Array; readonly stays: boolean }[];
  private readonly library: KernelLibrary;

  private constructor(library: KernelLibrary, commands: readonly Command[], moving: readonly Moving[], uploads: Program['uploads']) {
    this.library = library;
    this.runnable = library.runnable(commands);
    this.moving = moving;
    this.uploads = uploads;
    for (const { first } of uploads) this.library.view(first.address, first.type, first.values.length).set(first.values);
  }

  /** The program of three recordings, good for `most` steps; undefined where they do not grow evenly. */
  static of(library: KernelLibrary, recordings: readonly Recording[], most: number): Program | undefined {
    const [first, second, third] = recordings as [Recording, Recording, Recording];
    if (recordings.some(({ problem }) => problem !== '')) return undefined;
    if (recordings.some(({ commands, uploads }) => commands.length !== first.commands.length || uploads.length !== first.uploads.length))
      return undefined;
    const moving: Moving[] = [];
    for (const [command, { name, given }] of first.commands.entries()) {
      const [b, c] = [second.commands[command]!, third.commands[command]!];
      if (b.name !== name || c.name !== name || b.given.length !== given.length || c.given.length !== given.length) return undefined;
      for (const [argument, base] of given.entries()) {
        const slope = b.given[argument]! - base;
        if (c.given[argument]! - b.given[argument]! !== slope) return undefined;
        if (slope !== 0) moving.push({ command, argument, base, slope });
      }
    }
    const uploads: Program['uploads'][number][] = [];
    for (const [i, upload] of first.uploads.entries()) {
      const [b, c] = [second.uploads[i]!, third.uploads[i]!];
      if (b.address !== upload.address || c.address !== upload.address || b.values.length !== upload.values.length) return undefined;
      const slopes = Float64Array.from(upload.values, (base, at) => b.values[at]! - base);
      if (!upload.again && slopes.some((slope, at) => c.values[at]! - b.values[at]! !== slope)) return undefined;
      uploads.push({ first: upload, slopes, stays: !upload.again && slopes.every((slope) => slope === 0) });
    }
    // A kernel's need of scratch grows with the step, and nobody asks for it when it is repeated.
    for (const [command, { name, given }] of first.commands.entries()) {
      if (name !== 'attention_scratch') continue;
      const last = given.map((base, argument) => base + most * (second.commands[command]!.given[argument]! - base));
      library.needScratch(library.call.attention_scratch(...(last as [number, number, number, number])));
    }
    return new Program(library, first.commands, moving, uploads);
  }

  /** Runs the step that comes `ahead` steps after the first that was recorded. Returns false where it failed and has to be written out. */
  run(ahead: number): boolean {
    for (const { first, slopes, stays } of this.uploads) {
      if (stays) continue;
      const { address, type, values, again } = first;
      this.library
        .view(address, type, values.length)
        .set(again ? again(ahead) : Array.from(values, (base, at) => base + ahead * slopes[at]!));
    }
    for (const { command, argument, base, slope } of this.moving) this.runnable.set(command, argument, base + ahead * slope);
    return this.runnable.run();
  }
}
