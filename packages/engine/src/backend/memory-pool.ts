import { AnyformerError } from '../error.js';
import { FreeBlocks } from './free-blocks.js';
import type { Block, KernelLibrary } from './kernel-library.js';
import { Region } from './region.js';
import { sizeClass } from './size-class.js';

/**
 * Memory for tensors. What is free is cut and joined before more is taken, so that memory follows the largest step and not the variety of
 * sizes; a training step that allocates the same sizes every time takes nothing new after the first.
 */
export class MemoryPool {
  private readonly free = new FreeBlocks();
  /** Bytes in blocks handed out. */
  liveBytes = 0;
  /** Largest `liveBytes` so far. */
  peakBytes = 0;
  /** The op that asks, to be named where there is no more. */
  asking = 'engine';

  /** Where blocks come from instead, while a program with memory of its own is recorded. */
  region: Region | undefined;

  private readonly library: KernelLibrary;

  constructor(library: KernelLibrary) {
    this.library = library;
  }

  /** A block of at least so many bytes, for a tensor of that shape; its contents are whatever was there. Throws `memory/out`. */
  get(bytes: number, shape?: readonly number[]): Block {
    const size = sizeClass(bytes);
    if (this.region) return this.region.get(size);
    const block = this.free.get(size) ?? this.fresh(size);
    if (!block) throw this.outOfMemory(bytes, shape);
    this.liveBytes += block.bytes;
    if (this.liveBytes > this.peakBytes) this.peakBytes = this.liveBytes;
    return block;
  }

  /** Takes a block back. */
  put(block: Block): void {
    if (block.region) {
      if (!block.region.closed) {
        block.region.put(block);
        return;
      }
      block = block.whole!;
    }
    this.liveBytes -= block.bytes;
    this.free.put(block);
  }

  /** Bytes in blocks, handed out or not. */
  get heldBytes(): number {
    return this.liveBytes + this.free.bytes;
  }

  /** What the pool comes to hold where sizes vary: a tenth more than was ever in use (1.07 of it after 100 steps on sentences). */
  get looseBytes(): number {
    return 1.1 * this.peakBytes;
  }

  /** A region of blocks from here. */
  newRegion(): Region {
    return new Region(
      (size) => this.outside(() => this.get(size)),
      (block) => this.put(block),
    );
  }

  /** Runs `f` with blocks from the pool itself, for what outlives a recorded program. */
  outside<T>(f: () => T): T {
    return this.within(undefined, f);
  }

  /** Runs `f` with blocks from a region. */
  within<T>(other: Region | undefined, f: () => T): T {
    const { region } = this;
    this.region = other;
    try {
      return f();
    } finally {
      this.region = region;
    }
  }

  private fresh(size: number): Block | undefined {
    const taken = this.library.take(size);
    return taken && this.free.adopt(taken);
  }

  private outOfMemory(bytes: number, shape: readonly number[] | undefined): AnyformerError {
    const what = shape ? `a tensor [${shape}] of ` : '';
    return new AnyformerError({
      code: 'memory/out',
      who: this.asking,
      given: `no memory for ${what}${mega(bytes)} more: ${mega(this.liveBytes)} are in use of ${mega(this.library.reservedBytes)} taken`,
      fix: 'Use a smaller batch, shorter sequences or a smaller model.',
    });
  }
}

const mega = (bytes: number): string => `${bytes.toLocaleString('en')} bytes (${Math.ceil(bytes / 2 ** 20)} MB)`;
