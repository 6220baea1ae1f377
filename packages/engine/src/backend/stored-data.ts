import * as tf from '../tf.js';
import type { KernelBackend } from './kernel-backend.js';
import type { Block, StoredArray, StoredType } from './kernel-library.js';
import { disposed } from './tensor-error.js';

/** A weight in the order in which products read it, for inference. */
export interface PackedMatrix {
  readonly block: Block;
  readonly depth: number;
  readonly columns: number;
  /** Whether what was packed is [columns, depth]. */
  readonly transposed: boolean;
}

/**
 * The data of one tensor. It is its own tfjs data id, so reaching the address of a tensor is a field access and not a map look-up.
 * Data are in the library's memory (`block`) or, as long as only stock JavaScript kernels touched them, in a plain array (`held`).
 */
export class StoredData {
  refCount = 1;
  block: Block | undefined;
  /** The same values packed. A weight that only products read is there in this form alone, and `block` is undefined. */
  packed: PackedMatrix | undefined;
  /** Whether somebody read the rows of packed values: then both forms are kept. */
  readPlain = false;
  /** Values outside the library's memory: strings, complex parts, results of stock kernels. */
  held: unknown;
  complexTensorInfos: unknown;
  /** Who wants to hear, once, that the values change or go. */
  private listeners: Set<() => void> | undefined;
  readonly owner: KernelBackend;
  readonly dtype: string;
  readonly n: number;

  constructor(owner: KernelBackend, dtype: string, n: number) {
    this.owner = owner;
    this.dtype = dtype;
    this.n = n;
  }

  /** Calls `f` once, when the values are about to change or go. */
  onChange(f: () => void): void {
    this.listeners ??= new Set();
    this.listeners.add(f);
  }

  /** Does not call `f` any more. */
  offChange(f: () => void): void {
    this.listeners?.delete(f);
  }

  /** The values are about to change or go. */
  changes(): void {
    if (!this.listeners) return;
    const { listeners } = this;
    this.listeners = undefined;
    for (const listener of listeners) listener();
  }

  /** What stock kernels read and write: a view of the memory, made afresh since growing memory voids views. */
  get values(): StoredArray {
    if (this.packed) this.owner.unpack(this);
    this.owner.looked(this);
    return this.block ? this.owner.library.view(this.block.address, this.dtype as StoredType, this.n) : (this.held as StoredArray);
  }
}

/** Whether any backend has the data of an id. */
const isAnywhere = (id: object): boolean =>
  (tf.engine() as unknown as { state: { tensorInfo: WeakMap<object, unknown> } }).state.tensorInfo.has(id);

/** tfjs's DataStorage over data that are their own ids. Data that came from another backend keep their id and are looked up. */
export class StoredDataIndex {
  private readonly moved = new WeakMap<object, StoredData>();
  private count = 0;

  private readonly owner: KernelBackend;
  private readonly moveHere: (id: object) => void;

  constructor(owner: KernelBackend, moveHere: (id: object) => void) {
    this.owner = owner;
    this.moveHere = moveHere;
  }

  /** The data of an id, moved here first if another backend has them. Throws `engine/disposed`. */
  get(id: object): StoredData {
    if (id instanceof StoredData && id.owner === this.owner && id.refCount > 0) return id;
    let data = this.moved.get(id);
    if (!data) {
      if (!isAnywhere(id)) throw disposed(this.owner.pool.asking);
      this.moveHere(id);
      data = this.moved.get(id)!;
    }
    return data;
  }

  set(id: object, data: StoredData): void {
    this.count++;
    if (id !== data) this.moved.set(id, data);
  }

  has(id: object): boolean {
    return (id instanceof StoredData && id.owner === this.owner && id.refCount > 0) || this.moved.has(id);
  }

  delete(id: object): boolean {
    this.count--;
    return this.moved.delete(id);
  }

  numDataIds(): number {
    return this.count;
  }
}
