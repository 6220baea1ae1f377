import { kernelBackend } from './backend/kernel-backend.js';
import * as tf from './tf.js';

/** The number of tensors alive, variables included: constant from one training step to the next. */
export function tensorCount(): number {
  return tf.memory().numTensors;
}

/** What the memory of the current engine holds. */
export interface MemoryReport {
  tensors: number;
  /** Bytes of all tensors alive. */
  tensorBytes: number;
  /** Most bytes in blocks at any one time so far, where the engine manages its own memory. */
  peakBytes?: number;
  /** Bytes in blocks, in use or not; and what they come to where sizes vary from step to step. */
  heldBytes?: number;
  looseBytes?: number;
  /** Bytes the engine has taken from the system, where it manages its own memory. */
  reservedBytes?: number;
  /** The same as a line to read. */
  line: string;
}

/** Reports the memory of the current engine. */
export function memoryReport(): MemoryReport {
  const { numTensors: tensors, numBytes: tensorBytes } = tf.memory();
  const line = `${tensors} tensors, ${megabytes(tensorBytes)}`;
  const backend = kernelBackend();
  if (!backend) return { tensors, tensorBytes, line };
  const { peakBytes, heldBytes, looseBytes } = backend.pool;
  const { reservedBytes } = backend.library;
  return {
    tensors,
    tensorBytes,
    peakBytes,
    heldBytes,
    looseBytes,
    reservedBytes,
    line: `${line}, peak ${megabytes(peakBytes)} of ${megabytes(reservedBytes)} reserved`,
  };
}

/** From now on the peak is that of what follows, and not of what was before. */
export function forgetPeak(): void {
  const pool = kernelBackend()?.pool;
  if (pool) pool.peakBytes = pool.liveBytes;
}

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;
