import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { Recording, Use } from '../replay/recording.js';
import * as tf from '../tf.js';
import type { Block, KernelLibrary, StoredType } from './kernel-library.js';
import type { Address, Kernels } from './kernels.js';
import { MemoryPool } from './memory-pool.js';
import { outOfMemory } from './out-of-memory.js';
import { replaceValues } from './replace-values.js';
import { StoredData, StoredDataIndex } from './stored-data.js';
import { tooLarge, wrongType } from './tensor-error.js';

/**
 * The one tfjs backend of all our own engines. Tensors live in the memory of a kernel library; because it is a subclass of the plain
 * JavaScript backend, every stock kernel works on typed arrays over that same memory, and kernels that matter are replaced by ours
 * (`src/kernels`). An op that nobody has optimised is slow, never missing.
 */
export class KernelBackend extends MathBackendCPU {
  readonly library: KernelLibrary;
  /** The kernels; while a step is recorded, ones that note what they are given. */
  call: Kernels;
  /** The step that is being recorded. */
  recording: Recording | undefined;
  readonly pool: MemoryPool;
  private readonly index: StoredDataIndex;
  private hearsReads: (block: Block | undefined) => void = () => {};

  constructor(library: KernelLibrary) {
    super();
    this.library = library;
    this.call = library.later;
    this.pool = new MemoryPool(library);
    const engine = tf.engine() as unknown as { moveData(backend: KernelBackend, id: object): void };
    this.index = new StoredDataIndex(this, (id) => engine.moveData(this, id));
    (this as { data: unknown }).data = this.index;
  }

  /** A tensor in the library's memory, not yet written. */
  tensor(shape: number[], dtype: StoredType = 'float32'): tf.Tensor {
    return tf.engine().makeTensorFromTensorInfo(this.info(shape, dtype), this);
  }

  /** The same for kernels called by tfjs, which makes the tensor itself. */
  info(shape: number[], dtype: StoredType = 'float32'): tf.TensorInfo {
    let n = 1;
    for (let i = 0; i < shape.length; i++) n *= shape[i]!;
    return { dataId: this.allocate(n, dtype, shape), shape, dtype };
  }

  /** The address of a tensor's data; uploads what a stock kernel left in JavaScript. */
  address(t: tf.TensorInfo): Address {
    const data = this.index.get(t.dataId);
    if (!data.block) {
      if (data.packed) this.unpack(data);
      else this.upload(data, data.held as ArrayLike<number>);
    }
    this.recording?.uses({ data, packed: false, block: data.block!, variable: t instanceof tf.Variable ? t : undefined });
    return data.block!.address;
  }

  /** Whether data lie where a recorded step found them, in rows or packed. */
  isThere({ data, packed, block, variable }: Use): boolean {
    if (variable && (variable.isDisposed || this.index.get(variable.dataId) !== data)) return false;
    return (packed ? data.packed?.block : data.block) === block;
  }

  /** The address of float32 data. Throws `engine/dtype` for any other type: a kernel would read its bits as something else. */
  floats(t: tf.TensorInfo): Address {
    if (t.dtype !== 'float32') throw wrongType(t.dtype, 'float32');
    return this.address(t);
  }

  /**
   * The address of float32 data that are about to change: what was packed of them is forgotten. Whoever shares them (a clone, a reshape, a
   * variable of the same tensor) keeps the old ones. Throws `engine/dtype`.
   */
  floatsToWrite(t: tf.Tensor): Address {
    if (!this.isUnshared(t)) replaceValues(t, () => tf.add(t, 0));
    return this.plainFloats(t);
  }

  private plainFloats(t: tf.TensorInfo): Address {
    const address = this.floats(t);
    const data = this.index.get(t.dataId);
    data.changes();
    if (data.packed) this.pool.put(data.packed.block);
    data.packed = undefined;
    data.readPlain = false;
    return address;
  }

  /**
   * The address of a weight [depth, columns] (or [columns, depth], `transposed`) packed for products, packed now if it was not. From then on
   * the weight takes memory in that form alone, until somebody reads it in another way: then in both, until it changes. Undefined where it
   * is too large.
   */
  packedMatrix(t: tf.TensorInfo, transposed: boolean): Address | undefined {
    const data = this.index.get(t.dataId);
    const [depth, columns] = (transposed ? [t.shape[1], t.shape[0]] : t.shape) as [number, number];
    if (data.packed?.transposed === transposed && data.packed.depth === depth) {
      this.recording?.uses({ data, packed: true, block: data.packed.block, variable: t instanceof tf.Variable ? t : undefined });
      return data.packed.block.address;
    }
    const floats = this.call.packed_floats(depth, columns);
    if (floats < 0) return undefined;
    const plain = this.plainFloats(t);
    const block = this.pool.outside(() => this.pool.get(4 * floats));
    this.call.pack_matrix(transposed ? 1 : 0, depth, columns, plain, block.address);
    data.packed = { block, depth, columns, transposed };
    if (!data.readPlain) {
      this.pool.put(data.block!);
      data.block = undefined;
    }
    return block.address;
  }

  /** Puts what a stock kernel is about to read into rows: done while it runs, memory could grow and void the views that it has. */
  readyForJavaScript(inputs: readonly (tf.TensorInfo | undefined)[]): void {
    for (const x of inputs) if (x?.dtype === 'float32') this.unpack(this.index.get(x.dataId));
  }

  /** Puts packed data back into rows, beside the packed form. */
  unpack(data: StoredData): void {
    if (data.block || !data.packed) return;
    const { block, depth, columns, transposed } = data.packed;
    data.block = this.pool.outside(() => this.pool.get(4 * data.n));
    this.call.unpack_matrix(transposed ? 1 : 0, depth, columns, block.address, data.block.address);
    data.readPlain = true;
  }

  /** The address of int32 data. Throws `engine/dtype`. */
  ints(t: tf.TensorInfo): Address {
    if (t.dtype !== 'int32') throw wrongType(t.dtype, 'int32');
    return this.address(t);
  }

  /** A scalar tensor. */
  scalar(value: number): tf.Scalar {
    return this.of([], [value]) as tf.Scalar;
  }

  /** A float32 tensor of host values, which a recorded step makes anew when it is repeated. */
  written(shape: number[], values: (ahead: number) => Float32Array): tf.Tensor {
    return this.of(shape, values(0), values);
  }

  private of(shape: number[], values: ArrayLike<number>, again?: (ahead: number) => Float32Array): tf.Tensor {
    const t = this.tensor(shape);
    const { block } = this.index.get(t.dataId);
    this.library.view(block!.address, 'float32', values.length).set(values);
    this.recording?.wrote(block!, 'float32', values, again);
    return t;
  }

  /** Where a tensor's data lie. */
  blockOf(t: tf.TensorInfo): Block | undefined {
    return this.index.get(t.dataId).block;
  }

  /** Runs `f` and notes in `made` what it does; `reads` hears of the blocks that the host looks into. */
  record<T extends tf.TensorContainer>(made: Recording, f: () => T, reads: (block: Block | undefined) => void): T {
    this.recording = made;
    this.hearsReads = reads;
    this.call = made.call;
    this.pool.region = made.region;
    try {
      return f();
    } finally {
      this.recording = undefined;
      this.call = this.library.later;
      this.pool.region = undefined;
    }
  }

  /** JavaScript looks into data. */
  looked(data: StoredData): void {
    this.recording?.reads(data.block);
    if (this.recording) this.hearsReads(data.block);
  }

  /** Gives every thread scratch of at least so many floats. Throws `memory/out`. */
  needScratch(floats: number): void {
    try {
      this.library.needScratch(floats);
    } catch (cause) {
      throw outOfMemory(this.pool.asking, `scratch of ${floats} floats per thread`, cause);
    }
  }

  /** The number of references to a tensor's data is one: nobody else sees it written. */
  isUnshared(t: tf.TensorInfo): boolean {
    return this.index.get(t.dataId).refCount === 1;
  }

  /** Another tensor over the same data. */
  alias(t: tf.TensorInfo, shape: number[] = t.shape): tf.Tensor {
    this.index.get(t.dataId).refCount++;
    return tf.engine().makeTensorFromTensorInfo({ dataId: t.dataId, shape, dtype: t.dtype }, this);
  }

  /** From the outside (`tf.tensor(values)`): copied at once, for the caller may write to the array again. */
  override write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): object {
    if (!values || !isStored(dtype)) return this.hold(values, shape, dtype);
    this.pool.asking = 'tensor';
    const data = this.allocate(values.length, dtype, shape);
    this.library.view(data.block!.address, dtype, data.n).set(values as Float32Array);
    this.recording?.wrote(data.block!, dtype, values as Float32Array);
    return data;
  }

  /** From a stock kernel: kept outside the library's memory, and copied where it is a view of it, whose place may soon be another's. */
  override makeTensorInfo(shape: number[], dtype: tf.DataType, values?: tf.backend_util.BackendValues | string[]): tf.TensorInfo {
    const encoded =
      dtype === 'string' && values && typeof values[0] === 'string' ? (values as string[]).map((v) => tf.util.encodeString(v)) : values;
    const own = ArrayBuffer.isView(encoded) && this.library.holds(encoded.buffer) ? (encoded as Float32Array).slice() : encoded;
    return { dataId: this.hold(own, shape, dtype), shape, dtype };
  }

  override move(id: object, values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType, refCount: number): void {
    const data = new StoredData(this, dtype, tf.util.sizeFromShape(shape));
    data.refCount = refCount;
    if (isStored(dtype)) this.upload(data, values as ArrayLike<number>);
    else data.held = values;
    this.index.set(id, data);
  }

  override readSync(id: object): tf.backend_util.BackendValues {
    const data = this.index.get(id);
    if (data.complexTensorInfos) return super.readSync(id);
    return data.block || data.packed ? data.values.slice() : (data.held as tf.backend_util.BackendValues);
  }

  override disposeData(id: object, force = false): boolean {
    if (!this.index.has(id)) return true;
    const data = this.index.get(id);
    if (data.refCount > 1 && !force) {
      data.refCount--;
      return false;
    }
    if (data.complexTensorInfos) {
      const parts = data.complexTensorInfos as { real: tf.TensorInfo; imag: tf.TensorInfo };
      this.disposeData(parts.real.dataId, true);
      this.disposeData(parts.imag.dataId, true);
    }
    data.refCount = 0;
    data.changes();
    if (data.block) this.pool.put(data.block);
    if (data.packed) this.pool.put(data.packed.block);
    data.block = undefined;
    data.packed = undefined;
    data.held = undefined;
    this.index.delete(id);
    return true;
  }

  override async time(f: () => void): Promise<{ kernelMs: number }> {
    this.library.catchUp();
    const started = performance.now();
    f();
    this.library.catchUp();
    return { kernelMs: performance.now() - started };
  }

  override memory(): { unreliable: boolean; reasons: string[] } {
    return { unreliable: false, reasons: [] };
  }

  private allocate(n: number, dtype: StoredType, shape: readonly number[]): StoredData {
    if (n >= 2 ** 31) throw tooLarge(this.pool.asking, shape);
    const data = new StoredData(this, dtype, n);
    data.block = this.pool.get(dtype === 'bool' ? n : 4 * n, shape);
    this.index.set(data, data);
    return data;
  }

  private hold(values: unknown, shape: number[], dtype: tf.DataType): StoredData {
    const data = new StoredData(this, dtype, tf.util.sizeFromShape(shape));
    data.held = values;
    this.index.set(data, data);
    return data;
  }

  private upload(data: StoredData, values: ArrayLike<number>): void {
    if (data.n >= 2 ** 31) throw tooLarge(this.pool.asking, [data.n]);
    data.block = this.pool.get(data.dtype === 'bool' ? data.n : 4 * data.n);
    this.library.view(data.block.address, data.dtype as StoredType, data.n).set(values);
    this.recording?.wrote(data.block, data.dtype as StoredType, values);
    data.held = undefined;
  }
}

/** The current engine's backend if it is one of ours. `asking`: the op that is about to run on it, to be named where memory runs out. */
export function kernelBackend(asking?: string): KernelBackend | undefined {
  const backend = tf.backend();
  if (!(backend instanceof KernelBackend)) return undefined;
  if (asking) backend.pool.asking = asking;
  return backend;
}

const isStored = (dtype: string): dtype is StoredType => dtype === 'float32' || dtype === 'int32' || dtype === 'bool';
