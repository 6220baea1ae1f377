import { tf } from '@anyformer/engine';
import type { Recorder } from '../contract/sequence.js';
import { glob } from '../parameters/glob.js';

/** A recorded tensor on the host. */
export interface Recorded {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Collects intermediates of forward passes. */
export interface Recording {
  /** For {@link Pass.record}. */
  readonly record: Recorder;
  /** What was recorded so far, by path in the order of computing; a path recorded again (each step of decoding) comes last. */
  readonly tensors: ReadonlyMap<string, tf.Tensor>;
  /** The same on the host. */
  values(): Promise<Map<string, Recorded>>;
  /** Frees what was recorded. */
  dispose(): void;
}

/** Records the paths that one of the globs names, all unless said: `recording(['**\/attention'])`. Nothing else is computed. */
export const recording = (globs: readonly string[] = ['**']): Recording => {
  const wanted = globs.map(glob);
  const tensors = new Map<string, tf.Tensor>();
  return {
    record(path, value) {
      if (!wanted.some((matches) => matches(path))) return;
      tensors.get(path)?.dispose();
      tensors.delete(path);
      tensors.set(
        path,
        tf.tidy(() => tf.keep(tf.clone(value()))),
      );
    },
    tensors,
    values: async () =>
      new Map(
        await Promise.all(
          [...tensors].map(async ([path, tensor]) => {
            const values = Float32Array.from(await tensor.data());
            return [path, { shape: [...tensor.shape], values }] as const;
          }),
        ),
      ),
    dispose() {
      for (const tensor of tensors.values()) tensor.dispose();
      tensors.clear();
    },
  };
};
