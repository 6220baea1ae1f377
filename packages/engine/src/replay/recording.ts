import type { Block, KernelLibrary, StoredType } from '../backend/kernel-library.js';
import { type Address, type Kernels, telling } from '../backend/kernels.js';
import type { Region } from '../backend/region.js';
import type { StoredData } from '../backend/stored-data.js';
import type * as tf from '../tf.js';

/** A kernel and what it was given. */
export interface Command {
  readonly name: string;
  readonly given: readonly number[];
}

/** Values that came from JavaScript. */
export interface Upload {
  readonly address: Address;
  readonly type: StoredType;
  readonly values: ArrayLike<number>;
  /** Where they are made anew for later steps: `ahead` of the one recorded. */
  readonly again: ((ahead: number) => ArrayLike<number>) | undefined;
}

/** Data that were there before the step, and where they lay when a kernel was handed them. */
export interface Use {
  readonly data: StoredData;
  readonly packed: boolean;
  readonly block: Block;
  /** The variable whose data they were. */
  readonly variable: tf.Variable | undefined;
}

/** What one run of a step did: the kernels it called and the values it brought, on memory of its own. */
export class Recording {
  readonly commands: Command[] = [];
  readonly uploads: Upload[] = [];
  readonly used: Use[] = [];
  /** Why the step cannot be repeated from this; empty where it can. */
  problem = '';
  readonly region: Region;
  /** The kernels, noting that they were called. */
  readonly call: Kernels;
  private readonly known = new Set<Block>();
  private readonly noted = new Set<Block>();

  constructor(library: KernelLibrary, region: Region) {
    this.region = region;
    const call: Record<string, (...given: number[]) => unknown> = {};
    for (const [name, kernel] of Object.entries(library.call) as [string, unknown][]) {
      if (typeof kernel !== 'function') continue;
      call[name] = (...given) => {
        this.commands.push({ name, given });
        if (telling.has(name)) this.refuse('the host is told what is in memory');
        return kernel(...given);
      };
    }
    this.call = call as unknown as Kernels;
  }

  /** Notes that a kernel is handed data; those that the step made itself are its own affair. */
  uses(use: Use): void {
    if (use.block.region === this.region || this.noted.has(use.block)) return;
    this.noted.add(use.block);
    this.used.push(use);
  }

  /** Notes values that were just written to a block. */
  wrote(block: Block, type: StoredType, values: ArrayLike<number>, again?: (ahead: number) => ArrayLike<number>): void {
    this.region.reserve(block);
    this.known.add(block);
    this.uploads.push({ address: block.address, type, values: Array.from(values), again });
  }

  /** Notes that JavaScript looks into a block: only values that it brought itself are the same whatever is computed. */
  reads(block: Block | undefined): void {
    if (!block || !this.known.has(block)) this.refuse('values are read that kernels computed');
  }

  /** The values of a block come from outside and are known to the host. */
  allow(block: Block): void {
    this.known.add(block);
  }

  /** Gives up. */
  refuse(problem: string): void {
    this.problem ||= problem;
  }
}
