import type { Block, KernelLibrary, RunnableCommands, StoredArray, StoredType } from '../../backend/kernel-library.js';
import type { Address, Kernels } from '../../backend/kernels.js';
import { availableMemory } from '../../room.js';
import type { Addon } from './addon.js';
import { CommandQueue } from './command-queue.js';

/** A piece of memory taken from the system. */
interface Arena {
  readonly address: Address;
  readonly end: Address;
  readonly buffer: ArrayBuffer;
  readonly floats: Float32Array;
}

const mega = 2 ** 20;
const line = 64;

/** The C kernels as an N-API addon, on memory of their own: pieces of the system's, each seen from JavaScript as one ArrayBuffer. */
export class NativeLibrary implements KernelLibrary {
  readonly call: Kernels;
  readonly later: Kernels;
  readonly simd: string;
  threads = 1;
  reservedBytes = 0;
  private readonly addon: Addon;
  private readonly queue: CommandQueue;
  private readonly memoryLimit: number;
  /** By address, ascending. */
  private readonly arenas: Arena[] = [];
  private readonly buffers = new Set<ArrayBufferLike>();
  private current: Arena | undefined;
  private top: Address = 0;
  /** Bytes given since the system was asked. */
  private unasked = 0;
  /** Bytes given that kernels may still have to write to: until then the system does not count them. */
  private unwritten = 0;
  private readonly scratch: Address[] = [];
  private scratchFloats = 0;

  constructor(addon: Addon, simd: string, memoryLimit: number) {
    this.addon = addon;
    this.simd = simd;
    this.memoryLimit = memoryLimit;
    this.queue = new CommandQueue(addon);
    this.call = this.queue.now;
    this.later = this.queue.later;
    this.needScratch((this.call as unknown as { product_scratch(): number }).product_scratch());
  }

  /** From now on kernels use so many threads; returns how many there are. The bytes they compute do not depend on it. */
  useThreads(threads: number): number {
    this.threads = threads;
    const floats = this.scratchFloats;
    this.scratchFloats = 0;
    this.needScratch(floats);
    return this.threads;
  }

  take(bytes: number): Block | undefined {
    const size = Math.ceil(bytes / line) * line;
    if (this.reservedBytes + size > this.memoryLimit || !this.isLeft(size)) return undefined;
    if (!this.current || this.top + size > this.current.end) {
      // The more there is the larger the pieces: what lies in one can be joined, and blocks that are free then serve larger ones. What is not
      // used of a piece costs nothing, for the system gives memory when it is written to.
      const generous = Math.min(1024 * mega, Math.max(64 * mega, this.reservedBytes / 4));
      const arena = this.reserve(Math.max(size, Math.ceil(generous / line) * line)) ?? this.reserve(size);
      if (!arena) return undefined;
      this.current = arena;
      this.top = arena.address;
    }
    return this.cut(size);
  }

  holds(buffer: ArrayBufferLike): boolean {
    return this.buffers.has(buffer);
  }

  catchUp(): void {
    this.queue.catchUp();
    this.unwritten = 0;
  }

  view(address: Address, type: StoredType, n: number): StoredArray {
    this.catchUp();
    const arena = this.arenaOf(address);
    const offset = address - arena.address;
    if (type === 'bool') return new Uint8Array(arena.buffer, offset, n);
    if (type === 'int32') return new Int32Array(arena.buffer, offset, n);
    return arena.floats.subarray(offset / 4, offset / 4 + n);
  }

  needScratch(floats: number): void {
    if (floats <= this.scratchFloats && this.scratch.length >= this.threads) return;
    const grown = floats > this.scratchFloats && this.scratchFloats > 0;
    const size = Math.ceil(Math.max(floats, grown ? 2 * this.scratchFloats : 0) / 1024) * 1024;
    for (let thread = 0; thread < this.threads; thread++) {
      const block = this.take(4 * size);
      if (!block) throw new RangeError(`no memory for scratch of ${size} floats`);
      this.scratch[thread] = block.address;
    }
    this.scratchFloats = size;
    this.catchUp();
    this.threads = this.addon.start(this.threads, size, this.scratch);
  }

  runnable(commands: readonly { readonly name: string; readonly given: readonly number[] }[]): RunnableCommands {
    const starts: number[] = [];
    const list: number[] = [];
    for (const { name, given } of commands) {
      list.push(this.addon.commands.indexOf(name), given.length);
      starts.push(list.length);
      list.push(...given);
    }
    const numbers = Float64Array.from(list);
    return {
      set: (command, argument, value) => {
        numbers[starts[command]! + argument] = value;
      },
      run: () => {
        this.catchUp();
        return this.addon.runAll(numbers);
      },
    };
  }

  /** Whether the system has so much more, and what it does not know of yet. It is asked for every so many bytes, for asking takes time. */
  private isLeft(bytes: number): boolean {
    this.unwritten += bytes;
    this.unasked += bytes;
    if (this.unasked < 16 * mega) return true;
    this.unasked = 0;
    if (this.unwritten <= availableMemory()) return true;
    this.catchUp();
    this.unwritten = bytes;
    return bytes <= availableMemory();
  }

  private cut(size: number): Block {
    const address = this.top;
    this.top += size;
    this.reservedBytes += size;
    return { address, bytes: size };
  }

  private reserve(bytes: number): Arena | undefined {
    const taken = this.addon.take(bytes);
    if (!taken) return undefined;
    const { address, buffer } = taken;
    const arena = { address, end: address + bytes, buffer, floats: new Float32Array(buffer, 0, Math.floor(bytes / 4)) };
    this.arenas.splice(this.firstAfter(address), 0, arena);
    this.buffers.add(buffer);
    return arena;
  }

  private arenaOf(address: Address): Arena {
    return this.arenas[this.firstAfter(address) - 1]!;
  }

  /** Index of the first arena that begins after an address. */
  private firstAfter(address: Address): number {
    let low = 0;
    let high = this.arenas.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.arenas[middle]!.address <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
