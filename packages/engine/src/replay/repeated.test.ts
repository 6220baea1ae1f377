import test from 'ava';
import { everyEngine } from '../engines/every-engine.test-support.js';
import { tensorCount } from '../memory.js';
import { crossEntropy } from '../ops/cross-entropy.js';
import { embedding } from '../ops/embedding.js';
import { uniform } from '../ops/float64.test-support.js';
import { addInPlace } from '../ops/in-place.js';
import { linear } from '../ops/linear.js';
import * as tf from '../tf.js';
import { repeated } from './repeated.js';
import { StepReplay } from './step-replay.js';

const next = uniform(5);
const drawn = (shape: number[]): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => next() - 0.5),
    shape,
  );

/** Two layers, a table of constants and a mask that is looked at on the host; counts how often it is written out. */
class Toy {
  computed = 0;
  readonly weights = tf.tidy(() => [tf.variable(drawn([6, 9])), tf.variable(drawn([9, 4]))] as const);

  compute = ({ x, mask }: Readonly<Record<string, tf.Tensor>>): { y: tf.Tensor } => {
    this.computed++;
    const [first, second] = this.weights;
    return tf.tidy(() => {
      const all = mask === undefined || mask.dataSync().every((one) => one === 1);
      const hidden = tf.add(linear(x!, first, { activation: 'gelu' }), tf.scalar(all ? 1 : 2));
      return { y: linear(hidden, second, { residual: tf.slice(x!, [0, 0], [-1, 4]) }) };
    });
  };

  written(inputs: Readonly<Record<string, tf.Tensor>>): number[] {
    const made = this.compute(inputs);
    this.computed--;
    const values = Array.from(made.y.dataSync());
    tf.dispose(made);
    return values;
  }
}

for (const { name, start } of everyEngine) {
  const replays = name !== 'cpu' && name !== 'tensorflow';

  test.serial(`${name}: a pass that is repeated gives the bytes of one that is written out, whatever changes between`, async (t) => {
    await start();
    const before = tensorCount();
    const toy = new Toy();
    const run = repeated(toy.compute);
    const check = async (shape: number[], hidden?: number): Promise<boolean> => {
      const was = toy.computed;
      const inputs = {
        x: drawn(shape),
        ...(hidden !== undefined && {
          mask: tf.tensor1d(
            Float32Array.from({ length: 3 }, (_, i) => (i === hidden ? 0 : 1)),
            'float32',
          ),
        }),
      };
      const { y } = await run(inputs);
      t.deepEqual(Array.from(y!), toy.written(inputs));
      tf.dispose(inputs);
      return toy.computed === was;
    };
    const times = async (n: number, shape: number[], hidden?: number): Promise<boolean[]> => {
      const found: boolean[] = [];
      for (let i = 0; i < n; i++) found.push(await check(shape, hidden));
      return found;
    };
    const settled = [false, false, false, false, replays, replays];
    t.deepEqual(await times(6, [5, 6]), settled);
    // Weights are packed by now.
    const sooner = [false, false, false, replays, replays, replays];
    t.deepEqual(await times(6, [2, 6]), sooner); // other shapes
    t.deepEqual(await times(6, [2, 6], 3), sooner); // another input, at which the host looks: all ones
    t.deepEqual(await times(2, [2, 6], 1), [false, false]); // with other values the program does not hold
    t.deepEqual(await times(2, [2, 6], 3), [replays, replays]);
    const change = drawn([6, 9]);
    addInPlace(toy.weights[0], change);
    t.deepEqual(await times(6, [2, 6], 3), settled);
    tf.tidy(() => toy.weights[1].assign(drawn([9, 4])));
    t.deepEqual(await times(6, [2, 6], 3), settled);
    // A variable is given other values while somebody else holds on to what it had.
    const held = tf.clone(toy.weights[1]);
    tf.tidy(() => toy.weights[1].assign(drawn([9, 4])));
    t.deepEqual(await times(6, [2, 6], 3), settled);
    tf.dispose([change, held, ...toy.weights]);
    t.is(tensorCount(), before);
  });

  test.serial(`${name}: what is kept for a pass goes with the first change of a weight`, async (t) => {
    await start();
    const toy = new Toy();
    const run = repeated(toy.compute);
    const x = drawn([2000, 6]);
    const inUse = (): number => (tf.backend() as unknown as { pool?: { liveBytes: number } }).pool?.liveBytes ?? 0;
    addInPlace(
      toy.weights[0],
      tf.tidy(() => tf.keep(tf.zeros([6, 9]))),
    );
    toy.written({ x });
    const before = inUse();
    for (let i = 0; i < 5; i++) await run({ x });
    if (replays) t.true(inUse() - before >= 2000 * 6 * 4, `${inUse() - before} bytes`);
    tf.tidy(() => addInPlace(toy.weights[0], tf.zeros([6, 9])));
    t.true(inUse() <= before, `${inUse()} bytes, ${before} before`);
    tf.dispose([x, ...toy.weights]);
  });

  test.serial(`${name}: weights remember no replay that is over`, async (t) => {
    await start();
    const weight = tf.tidy(() => tf.variable(drawn([6, 4])));
    const x = drawn([2, 6]);
    for (let turn = 0; turn < 3; turn++) {
      const replay = new StepReplay();
      const compute = (inputs: Readonly<Record<string, tf.Tensor>>): { y: tf.Tensor } => ({ y: linear(inputs.x!, weight) });
      for (let step = 0; step < 6; step++) await replay.run({ step, layout: 'one', last: 6, inputs: { x }, compute });
      const { heard } = replay as unknown as { heard: ReadonlySet<{ listeners?: ReadonlySet<unknown> }> };
      const [data] = [...heard];
      t.is(data?.listeners?.size, replays ? 1 : undefined);
      replay.dispose();
      t.is(data?.listeners?.size, replays ? 0 : undefined);
      t.is(heard.size, 0);
    }
    tf.dispose([weight, x]);
  });

  test.serial(`${name}: a pass that is repeated refuses what one that is written out refuses`, async (t) => {
    await start();
    const table = tf.variable(tf.tensor2d([0, 1, 2, 3, 4, 5], [3, 2]));
    const logits = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
    const rows = repeated(({ ids }) => ({ y: embedding(table, ids!) }));
    const losses = repeated(({ ids }) => ({ y: crossEntropy(logits, ids!).sum }));
    const of = async (run: typeof rows, values: number[]): Promise<number[]> => {
      const ids = tf.tensor1d(values, 'int32');
      try {
        return [...(await run({ ids })).y!];
      } finally {
        ids.dispose();
      }
    };
    for (const id of [0, 1, 2, 0, 1, 2]) {
      t.deepEqual(await of(rows, [id]), [2 * id, 2 * id + 1]);
      await of(losses, [id, 0]);
    }
    await t.throwsAsync(of(rows, [7]), { code: 'embedding/id-out-of-range' } as object);
    await t.throwsAsync(of(losses, [0, 3]), { code: 'cross-entropy/label-out-of-range' } as object);
    t.deepEqual(await of(rows, [2]), [4, 5]);
    tf.dispose([table, logits]);
  });

  test.serial(`${name}: passes that are asked for at once do not get into each other`, async (t) => {
    await start();
    const toy = new Toy();
    const run = repeated(toy.compute);
    const inputs = Array.from({ length: 12 }, () => ({ x: drawn([3, 6]) }));
    const found = await Promise.all(inputs.map(run));
    for (const [i, { y }] of found.entries()) t.deepEqual(Array.from(y!), toy.written(inputs[i]!));
    tf.dispose([...inputs.map(({ x }) => x), ...toy.weights]);
  });
}
