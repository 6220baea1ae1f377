import type { Block, KernelLibrary, RunnableCommands, StoredArray, StoredType } from '../../backend/kernel-library.js';
import type { Address, Kernels } from '../../backend/kernels.js';
import type { Addon } from './addon.js';
import { CommandQueue } from './command-queue.js';

/** A piece of memory taken from the system. */
interface Arena {
  readonly address: Address;
  readonly end: Address;
  readonly buffer: ArrayBuffer;
  readonly floats: Float32Array;
}

const arenaBytes = 64 * 2 ** 20;
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
    // A large piece gets memory of its own, so that what is left of the current piece is not lost.
    const alone = size > arenaBytes / 4;
    if (!alone && this.current && this.top + size <= this.current.end) return this.cut(size);
    const arena = this.reserve(alone ? size : arenaBytes) ?? (alone ? undefined : this.reserve(size));
    if (!arena) return undefined;
    if (alone) return { address: arena.address, bytes: size };
    this.current = arena;
    this.top = arena.address;
    return this.cut(size);
  }

  holds(buffer: ArrayBufferLike): boolean {
    return this.buffers.has(buffer);
  }

  catchUp(): void {
    this.queue.catchUp();
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

  private cut(size: number): Block {
    const address = this.top;
    this.top += size;
    return { address, bytes: size };
  }

  private reserve(bytes: number): Arena | undefined {
    if (this.reservedBytes + bytes > this.memoryLimit) return undefined;
    const taken = this.addon.take(bytes);
    if (!taken) return undefined;
    const { address, buffer } = taken;
    const arena = { address, end: address + bytes, buffer, floats: new Float32Array(buffer, 0, Math.floor(bytes / 4)) };
    this.reservedBytes += bytes;
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
