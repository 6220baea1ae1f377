import test from 'ava';
import { everyEngine } from '../engines/every-engine.test-support.js';
import { tensorCount } from '../memory.js';
import { attention } from '../ops/attention.js';
import { embedding } from '../ops/embedding.js';
import { uniform } from '../ops/float64.test-support.js';
import { hostTensor } from '../ops/host-tensor.js';
import { KeyValueCache } from '../ops/key-value-cache.js';
import { linear } from '../ops/linear.js';
import { logSums } from '../ops/log-sums.js';
import * as tf from '../tf.js';
import { StepReplay } from './step-replay.js';

const [rows, w, v, most] = [3, 16, 21, 24];

/** A decoder of one layer: an embedding, a position, attention to what was cached, and logits. */
class Toy {
  readonly cache = new KeyValueCache(rows, most, w, w);
  computed = 0;
  private readonly weights: tf.Variable[];

  constructor() {
    const next = uniform(3);
    const make = (shape: number[]): tf.Variable =>
      tf.tidy(() =>
        tf.variable(
          tf.tensor(
            Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => next()),
            shape,
          ),
        ),
      );
    this.weights = [make([v, w]), make([w, w]), make([w, w])];
  }

  compute = ({ ids }: Readonly<Record<string, tf.Tensor>>): { logits: tf.Tensor; sums: tf.Tensor } => {
    this.computed++;
    return tf.tidy(() => {
      const [table, toKey, toValue] = this.weights as [tf.Variable, tf.Variable, tf.Variable];
      const place = this.cache.length;
      const code = hostTensor([1, 1, w], (ahead) => Float32Array.from({ length: w }, (_, i) => Math.sin((place + ahead) / (i + 1))));
      const x = tf.add(embedding(table, ids!), code) as tf.Tensor3D; // [b, 1, w]
      this.cache.append(linear(x, toKey) as tf.Tensor3D, linear(x, toValue) as tf.Tensor3D);
      const { key, value, length: keyLength } = this.cache;
      const mixed = attention({ query: x, key, value, heads: 2, keyLength, causal: true, offset: place }); // [b, 1, w]
      const logits = linear(mixed, table, { transposed: true }); // [b, 1, v]
      return { logits, sums: logSums(logits) };
    });
  };

  dispose(): void {
    this.cache.dispose();
    tf.dispose(this.weights);
  }
}

const idsOf = (step: number): tf.Tensor =>
  tf.tensor2d(
    Int32Array.from({ length: rows }, (_, row) => (step * 7 + row * 5) % v),
    [rows, 1],
    'int32',
  );

for (const { name, start } of everyEngine) {
  test.serial(`${name}: steps that are repeated give the bytes of steps that are written out`, async (t) => {
    await start();
    const before = tensorCount();
    const [repeated, written, replay] = [new Toy(), new Toy(), new StepReplay()];
    let layout = 0;
    for (let step = 0; step < most; step++) {
      const ids = idsOf(step);
      const { values, computed } = await replay.run({
        step: repeated.cache.length,
        layout: `${layout}`,
        last: most,
        inputs: { ids },
        compute: repeated.compute,
      });
      if (!computed) repeated.cache.length++;
      const wanted = written.compute({ ids });
      t.deepEqual(Array.from(values.logits!), Array.from(await wanted.logits.data()), `step ${step}`);
      t.deepEqual(Array.from(values.sums!), Array.from(await wanted.sums.data()), `step ${step}`);
      tf.dispose([ids, wanted]);
      if (step === 9) {
        // The same number of rows is put back where it lay; fewer rows move, and then nothing recorded holds.
        const order = Int32Array.from([2, 0, 0]);
        repeated.cache.reorder(order);
        written.cache.reorder(order);
      }
      if (step === 14) layout++;
    }
    if (name !== 'cpu' && name !== 'tensorflow') t.true(repeated.computed <= 10, `${repeated.computed} of ${most} were computed`);
    replay.dispose();
    repeated.dispose();
    written.dispose();
    t.is(tensorCount(), before);
  });

  test.serial(`${name}: a step that does not grow evenly, or looks at its own results, is computed each time`, async (t) => {
    await start();
    const before = tensorCount();
    const weight = tf.tidy(() => tf.variable(tf.ones([4, 4])));
    const uneven = new StepReplay();
    const looking = new StepReplay();
    for (let step = 0; step < 9; step++) {
      const x = tf.fill([2, 4], step);
      const inputs = { x };
      const first = await uneven.run({
        step,
        layout: '',
        last: 9,
        inputs,
        compute: ({ x }) => tf.tidy(() => ({ y: linear(tf.add(x!, tf.scalar(step * step)), weight) })),
      });
      t.is(first.values.y![0], 4 * (step + step * step));
      const second = await looking.run({
        step,
        layout: '',
        last: 9,
        inputs,
        compute: ({ x }) =>
          tf.tidy(() => {
            const y = linear(x!, weight);
            return { y: y.dataSync()[0]! > 12 ? tf.mul(y, 2) : tf.add(y, 0) };
          }),
      });
      t.is(second.values.y![0], step > 3 ? 8 * step : 4 * step);
      x.dispose();
    }
    uneven.dispose();
    looking.dispose();
    weight.dispose();
    t.is(tensorCount(), before);
  });
}
