import { inference, tf } from '@anyformer/core';
import { tensorCount } from '@anyformer/engine';
import type { Check } from '../check.js';

/** Collating and embedding leave nothing behind. */
export const growthCheck: Check = {
  name: 'no growth',
  async run(bench) {
    const examples = bench.examples;
    const pass = (): void => {
      const batch = tf.tidy(() => bench.modality.collate(examples));
      tf.tidy(() => void bench.embed(batch, inference));
      tf.dispose(Object.values(batch));
    };
    pass();
    const before = tensorCount();
    pass();
    pass();
    const grown = tensorCount() - before;
    if (grown !== 0)
      throw new Error(
        `${bench.name}: ${grown} tensors are left after two passes; make tensors in collate or the embedder only, and keep none`,
      );
  },
};
