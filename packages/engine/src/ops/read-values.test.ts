import test from 'ava';
import { everyEngine } from '../engines/every-engine.test-support.js';
import { tensorCount } from '../memory.js';
import * as tf from '../tf.js';
import { scaleInPlace } from './in-place.js';
import { linear } from './linear.js';
import { readValues } from './read-values.js';

const numbers = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => Math.sin(i * 1.7));

/** All values, read so many at a time. */
const inParts = async (x: tf.Tensor, size: number): Promise<Float32Array> => {
  const values = new Float32Array(x.size);
  for (let from = 0; from < x.size; from += size) await readValues(x, from, values.subarray(from, from + size));
  return values;
};

for (const { name: engine, start } of everyEngine) {
  test.serial(`${engine}: values are read in parts as they are, and leave nothing behind`, async (t) => {
    await start();
    const odd = Float32Array.of(-0, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** -149, 1, 2);
    const [x, w] = [tf.tensor(odd, [2, 3]), tf.tidy(() => tf.variable(tf.tensor(numbers(35), [5, 7])))];
    const before = tensorCount();
    t.deepEqual(await inParts(x, 4), odd);
    for (const size of [1, 8, 35, 100]) t.deepEqual(await inParts(w, size), numbers(35));
    scaleInPlace(w, 2);
    t.deepEqual(
      await inParts(w, 16),
      numbers(35).map((value) => 2 * value),
    );
    t.is(tensorCount(), before);
    tf.dispose([x, w]);
  });

  test.serial(`${engine}: a weight that products have in another order is read in its own`, async (t) => {
    await start();
    const [x, w] = [tf.ones([3, 40]), tf.tidy(() => tf.variable(tf.tensor(numbers(2000), [40, 50])))];
    tf.dispose(linear(x, w));
    t.deepEqual(await inParts(w, 300), numbers(2000));
    tf.dispose([x, w]);
  });
}
