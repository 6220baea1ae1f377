import { AnyformerError } from '../error.js';
import type { Block, KernelLibrary } from './kernel-library.js';
import type { Region } from './region.js';

/**
 * Blocks for tensors, by size class (eighths of a power of two, so at most an eighth of a new block is wasted), last in first out: the same program
 * gets the same addresses. A training step that allocates the same sizes every time takes nothing new from the system after the first.
 * Where sizes vary, as with batches of sentences, somewhat larger blocks serve as well, and what lies idle is cut and joined before more
 * is taken: memory follows the largest step, not the number of different ones.
 */
export class MemoryPool {
  /** Free blocks by the largest class size, in bytes, that fits in. */
  private readonly free = new Map<number, Block[]>();
  /** Bytes in blocks handed out. */
  liveBytes = 0;
  /** Largest `liveBytes` so far. */
  peakBytes = 0;
  /** The op that asks, to be named where there is no more. */
  asking = 'engine';
  /** Bytes in free blocks. */
  private idleBytes = 0;

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
    const block =
      this.idle(size) ??
      (this.isLoose(size) ? (this.split(size) ?? this.salvage(size)) : undefined) ??
      this.library.take(size) ??
      this.salvage(size);
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
    this.idleBytes += block.bytes;
    const fitting = classWithin(block.bytes);
    const list = this.free.get(fitting);
    if (list) list.push(block);
    else this.free.set(fitting, [block]);
  }

  /** A free block of the size class, or of the next two: at most a quarter is lost, and only until the block comes back. */
  private idle(size: number): Block | undefined {
    let fitting = size;
    for (let more = 0; more <= 2; more++) {
      const block = this.free.get(fitting)?.pop();
      if (block) {
        this.idleBytes -= block.bytes;
        return block;
      }
      if (size <= 4096) return undefined;
      fitting = sizeClass(fitting + 1);
    }
    return undefined;
  }

  /**
   * Whether so much more was taken than was ever in use that what lies idle is to be cut or joined before still more is. Held against
   * the peak, not against what is in use now: on its way back through a training step nearly everything is idle.
   */
  private isLoose(size: number): boolean {
    return this.idleBytes >= 2 * size && this.heldBytes + size > this.looseBytes;
  }

  /** Bytes in blocks, handed out or not. */
  get heldBytes(): number {
    return this.liveBytes + this.idleBytes;
  }

  /** What the pool comes to hold where sizes vary: a quarter more than was ever in use. */
  get looseBytes(): number {
    return 1.25 * this.peakBytes + 2 ** 24;
  }

  /** Runs `f` with blocks from the pool itself, for what outlives a recorded program. */
  outside<T>(f: () => T): T {
    const { region } = this;
    this.region = undefined;
    try {
      return f();
    } finally {
      this.region = region;
    }
  }

  /** A piece of the smallest free block that is large enough. */
  private split(size: number): Block | undefined {
    if (!this.library.joins) return undefined;
    let fitting = Number.POSITIVE_INFINITY;
    for (const [one, blocks] of this.free) if (one >= size && one < fitting && blocks.length > 0) fitting = one;
    const whole = this.free.get(fitting)?.pop();
    if (!whole) return undefined;
    this.idleBytes -= whole.bytes;
    return this.cut(whole, size);
  }

  /** The first part of a block that is nobody's; the rest goes back. */
  private cut(whole: Block, size: number): Block {
    if (!this.library.joins || whole.bytes === size) return whole;
    const rest = { address: whole.address + size, bytes: whole.bytes - size };
    this.liveBytes += rest.bytes;
    this.put(rest);
    return { address: whole.address, bytes: size };
  }

  /** Finds the smallest free block that is large enough, after joining neighbours. */
  private salvage(size: number): Block | undefined {
    const blocks = [...this.free.values()].flat().sort((a, b) => a.address - b.address);
    const joined: Block[] = [];
    for (const block of blocks) {
      const last = joined.at(-1);
      if (this.library.joins && last && last.address + last.bytes === block.address)
        joined[joined.length - 1] = { address: last.address, bytes: last.bytes + block.bytes };
      else joined.push(block);
    }
    let best: Block | undefined;
    for (const block of joined) if (block.bytes >= size && (!best || block.bytes < best.bytes)) best = block;
    if (!best) return undefined;
    this.free.clear();
    this.idleBytes = 0;
    this.liveBytes += joined.reduce((sum, block) => sum + block.bytes, 0) - best.bytes;
    for (const block of joined) if (block !== best) this.put(block);
    return this.cut(best, size);
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

function sizeClass(bytes: number): number {
  if (bytes <= 64) return 64;
  const step = stepOf(bytes);
  return Math.ceil(bytes / step) * step;
}

/** The largest size class of at most so many bytes. */
function classWithin(bytes: number): number {
  if (bytes <= 64) return bytes;
  const step = stepOf(bytes);
  return Math.floor(bytes / step) * step;
}

/** An eighth of the power of two below. */
const stepOf = (bytes: number): number => Math.max(64, 2 ** (28 - Math.clz32(bytes - 1)));
