import type { Address, Kernels } from './kernels.js';
import type { Region } from './region.js';

/** Memory that belongs to a kernel library. */
export interface Block {
  readonly address: Address;
  readonly bytes: number;
  /** Whose it is, where it is not the pool's own. */
  readonly region?: Region;
  /** The pool's block that it is a part of, where it is a region's. */
  readonly whole?: Block;
}

/** Kernels to be run one after the other, as often as wanted. */
export interface RunnableCommands {
  /** Changes a number that a command is given. */
  set(command: number, argument: number, value: number): void;
  /** Returns false where a kernel complained, of an id or a label that there is not. What the others wrote is worth nothing then. */
  run(): boolean;
}

/** Element types that live in a library's memory. */
export type StoredType = 'float32' | 'int32' | 'bool';

/** A view of a block. */
export type StoredArray = Float32Array | Int32Array | Uint8Array;

/**
 * The C kernels and the memory they work in, loaded in one way or another: the WebAssembly module now, the N-API addon later. All
 * registration code is written once, over this.
 */
export interface KernelLibrary {
  /** The kernels, run at once. */
  readonly call: Kernels;
  /** The same for those who see memory only by way of {@link view}: they may run later, one after the other as they were called. */
  readonly later: Kernels;
  readonly threads: number;
  /** Vector instructions in use. */
  readonly simd: string;
  /** Bytes taken from the system. */
  readonly reservedBytes: number;
  /**
   * Fresh memory, 64-byte aligned, zero; undefined where there is no more. Views made before may be void afterwards. Blocks that adjoin may
   * be joined to one.
   */
  take(bytes: number): Block | undefined;
  /** Whether a buffer is the library's memory, or a part of it. */
  holds(buffer: ArrayBufferLike): boolean;
  /** Runs what was called and has not run. */
  catchUp(): void;
  /** A view of the first n elements of a block, of what all kernels before have made of them; valid until the next `take`. */
  view(address: Address, type: StoredType, n: number): StoredArray;
  /** Makes a list of kernels ready to run in one go. */
  runnable(commands: readonly { readonly name: string; readonly given: readonly number[] }[]): RunnableCommands;
  /** Gives every thread scratch of at least so many floats. */
  needScratch(floats: number): void;
}
