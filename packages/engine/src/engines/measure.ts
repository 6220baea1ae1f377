import { crossEntropy } from '../ops/cross-entropy.js';
import { embedding } from '../ops/embedding.js';
import { linear } from '../ops/linear.js';
import { layerNorm } from '../ops/norm.js';
import { residual } from '../ops/residual.js';
import { valueAndGradients } from '../tape/value-and-gradients.js';
import * as tf from '../tf.js';
import type { EngineId } from './engine.js';
import { currentEngine, useEngine } from './use-engine.js';

/** How fast an engine is here. */
export interface EngineSpeed {
  /** A product of two square matrices (512 x 512; engine `cpu` 128 x 128), best of several. */
  gigaflops: number;
  /** Milliseconds of a training step of a small feed-forward model (width 128, 256 rows, 1,000 classes), median of three seconds. */
  trainingStepMs: number;
}

/** Measures an engine for about three and a half seconds, then goes back to the one in use. */
export async function measureEngine(id: EngineId): Promise<EngineSpeed> {
  const before = currentEngine();
  const { threads } = await useEngine({ engine: id });
  try {
    return { gigaflops: await product(id === 'cpu' ? 128 : 512), trainingStepMs: await trainingStep() };
  } finally {
    if (before.id !== id || before.threads !== threads) await useEngine({ engine: before.id, threads: before.threads });
  }
}

async function product(size: number): Promise<number> {
  const x = tf.fill([size, size], 0.5);
  let best = Number.POSITIVE_INFINITY;
  const until = performance.now() + 400;
  do {
    const started = performance.now();
    const y = tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D);
    await y.data();
    best = Math.min(best, performance.now() - started);
    y.dispose();
  } while (performance.now() < until);
  x.dispose();
  return (2 * size ** 3) / best / 1e6;
}

async function trainingStep(): Promise<number> {
  const [n, w, v] = [256, 128, 1000];
  const make = (shape: number[]): tf.Variable => tf.tidy(() => tf.variable(tf.fill(shape, 0.01)));
  const variables = { table: make([v, w]), gain: make([w]), bias: make([w]), up: make([w, 4 * w]), down: make([4 * w, w]) };
  const ids = tf.tensor1d(
    Int32Array.from({ length: n }, (_, i) => i),
    'int32',
  );
  const times: number[] = [];
  const until = performance.now() + 3000;
  do {
    const started = performance.now();
    const { value, gradients } = valueAndGradients(() => {
      const x = embedding(variables.table, ids); // [n, w]
      const hidden = linear(layerNorm(x, variables.gain, variables.bias, 1e-5), variables.up, { activation: 'relu' }); // [n, 4w]
      const y = residual(x, linear(hidden, variables.down)); // [n, w]
      return { loss: crossEntropy(linear(y, variables.table, { transposed: true }), ids).sum };
    }, Object.values(variables));
    await value.loss.data();
    tf.dispose([value.loss, ...gradients.values()]);
    times.push(performance.now() - started);
  } while (performance.now() < until);
  tf.dispose([ids, ...Object.values(variables)]);
  return times.sort((a, b) => a - b)[times.length >> 1]!;
}
