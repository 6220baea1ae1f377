import type { Block, KernelLibrary, RunnableCommands, StoredArray, StoredType } from '../../backend/kernel-library.js';
import { complaining, type Kernels } from '../../backend/kernels.js';

/** What the module exports besides the kernels. */
interface ModuleExports extends Kernels {
  __heap_base: WebAssembly.Global;
  __stack_pointer: WebAssembly.Global;
  pool_start(threads: number, floats: number): void;
  pool_scratch(thread: number, address: number): void;
  product_scratch(): number;
}

/** What a worker needs to join: it instantiates the same module on the same memory and calls `pool_work(thread)`. */
export interface WorkerStart {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  stack: number;
  thread: number;
}

const page = 65536;
const mostPages = 65535;
const stackBytes = 256 * 1024;

/**
 * The C kernels as a WebAssembly module in a memory of its own. With one thread the memory is not shared, so it works on pages without
 * cross-origin isolation; growing it then detaches every view, which is why `view` makes them afresh.
 */
export class WasmLibrary implements KernelLibrary {
  readonly call: Kernels;
  readonly later: Kernels;
  readonly threads: number;
  readonly simd: string;
  private readonly module: WebAssembly.Module;
  private readonly memory: WebAssembly.Memory;
  private readonly exports: ModuleExports;
  private top: number;
  private scratchFloats = 0;
  private buffer: ArrayBufferLike;
  private floats: Float32Array;

  constructor(module: WebAssembly.Module, threads: number, simd: string) {
    this.module = module;
    this.threads = threads;
    this.simd = simd;
    this.memory = newMemory(threads > 1);
    const instance = new WebAssembly.Instance(module, { env: { memory: this.memory } });
    this.exports = instance.exports as unknown as ModuleExports;
    this.call = this.exports;
    this.later = this.exports;
    this.top = align(this.exports.__heap_base.value as number);
    this.buffer = this.memory.buffer;
    this.floats = new Float32Array(this.buffer);
    this.needScratch(this.exports.product_scratch());
  }

  get reservedBytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** What each further thread needs to start, with a stack of its own. */
  workerStarts(): WorkerStart[] {
    const starts: WorkerStart[] = [];
    for (let thread = 1; thread < this.threads; thread++) {
      const stack = this.take(stackBytes)!.address + stackBytes;
      starts.push({ module: this.module, memory: this.memory, stack, thread });
    }
    return starts;
  }

  take(bytes: number): Block | undefined {
    const address = this.top;
    const end = align(address + bytes);
    const missing = end - this.memory.buffer.byteLength;
    if (missing > 0 && !this.grow(missing)) return undefined;
    this.top = end;
    return { address, bytes: end - address };
  }

  holds(buffer: ArrayBufferLike): boolean {
    return buffer === this.memory.buffer;
  }

  catchUp(): void {}

  view(address: number, type: StoredType, n: number): StoredArray {
    const { buffer } = this.memory;
    if (type === 'bool') return new Uint8Array(buffer, address, n);
    if (type === 'int32') return new Int32Array(buffer, address, n);
    if (buffer !== this.buffer) {
      this.buffer = buffer;
      this.floats = new Float32Array(buffer);
    }
    return this.floats.subarray(address / 4, address / 4 + n);
  }

  runnable(commands: readonly { readonly name: string; readonly given: readonly number[] }[]): RunnableCommands {
    const list = commands.map(({ name, given }) => ({
      kernel: (this.exports as unknown as Record<string, (...given: number[]) => number>)[name]!,
      given: [...given],
      complains: complaining.has(name),
    }));
    return {
      set(command, argument, value) {
        list[command]!.given[argument] = value;
      },
      run() {
        let well = true;
        for (const { kernel, given, complains } of list) if (kernel(...given) !== -1 && complains) well = false;
        return well;
      },
    };
  }

  needScratch(floats: number): void {
    if (floats <= this.scratchFloats) return;
    const size = Math.ceil(Math.max(floats, 2 * this.scratchFloats) / 1024) * 1024;
    for (let thread = 0; thread < this.threads; thread++) {
      const block = this.take(4 * size);
      if (!block) throw new RangeError(`no memory for scratch of ${size} floats`);
      this.exports.pool_scratch(thread, block.address);
    }
    this.scratchFloats = size;
    this.exports.pool_start(this.threads, size);
  }

  /** Grows by what is missing and, where it can, an eighth more, so that growing is rare. */
  private grow(missing: number): boolean {
    const needed = Math.ceil(missing / page);
    const generous = Math.max(needed, Math.ceil(this.memory.buffer.byteLength / page / 8), 256);
    for (const pages of [generous, needed]) {
      try {
        this.memory.grow(pages);
        return true;
      } catch {}
    }
    return false;
  }
}

const align = (address: number): number => Math.ceil(address / 64) * 64;

/** A shared memory reserves its maximum in address space at once: where that is limited, a smaller one is taken. */
function newMemory(shared: boolean): WebAssembly.Memory {
  for (const maximum of [mostPages, mostPages >> 1, mostPages >> 2]) {
    try {
      return new WebAssembly.Memory({ initial: 512, maximum, shared });
    } catch {}
  }
  return new WebAssembly.Memory({ initial: 512, maximum: mostPages >> 3, shared });
}
