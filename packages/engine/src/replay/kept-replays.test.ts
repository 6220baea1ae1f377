import test from 'ava';
import { everyEngine } from '../engines/every-engine.test-support.js';
import * as tf from '../tf.js';
import { KeptReplays } from './kept-replays.js';
import type { StepReplay } from './step-replay.js';

const inUse = (): number => (tf.backend() as unknown as { pool?: { liveBytes: number } }).pool?.liveBytes ?? 0;

/** Adds up `n` ones on a sum of its own, five times; how often the addition was written out. */
const count = async (kept: KeptReplays, n: number, kind = `${n}`, meanwhile = () => {}): Promise<number> => {
  const replay: StepReplay = kept.take(kind);
  const sum = replay.settled(() => tf.keep(tf.zeros([n])));
  let computed = 0;
  for (let step = 0; step < 5; step++) {
    const result = await replay.run({
      step,
      layout: '',
      last: 5,
      inputs: {},
      compute: () => {
        computed++;
        return { y: tf.add(sum, step) };
      },
    });
    const y = result.values.y!;
    if (y.length !== n || y[0] !== step || y[n - 1] !== step) throw new Error(`step ${step} of ${n}`);
  }
  meanwhile();
  sum.dispose();
  kept.giveBack(kind, replay);
  return computed;
};

for (const { name, start } of everyEngine) {
  if (name === 'cpu' || name === 'tensorflow') continue;

  test.serial(`${name}: what was repeated is repeated from its start when the like comes again`, async (t) => {
    await start();
    const before = inUse();
    const kept = new KeptReplays();
    t.deepEqual([await count(kept, 10), await count(kept, 10)], [3, 0]);
    t.deepEqual([await count(kept, 20), await count(kept, 10), await count(kept, 20)], [3, 0, 0]);
    t.true(inUse() > before);
    // Two of a kind at once: the second has nothing to go by, and what it was taught first is what stays.
    let inner = -1;
    const both = await count(kept, 10, '10', () => {
      void count(kept, 10).then((computed) => {
        inner = computed;
      });
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    t.deepEqual([both, inner, await count(kept, 10)], [0, 3, 0]);
    // Another size under the same name is noticed.
    t.deepEqual([await count(kept, 30, '10'), await count(kept, 30, '10'), await count(kept, 10)], [3, 0, 3]);
  });

  test.serial(`${name}: no more than 64 MB are kept, of the latest`, async (t) => {
    await start();
    const before = inUse();
    const kept = new KeptReplays();
    const most = 2 ** 20 * 5; // 20 MB of sum, as much of result
    t.deepEqual([await count(kept, most, 'a'), await count(kept, 10, 'b'), await count(kept, most, 'c')], [3, 3, 3]);
    t.true(inUse() - before <= 64 * 2 ** 20, `${inUse() - before} bytes`);
    t.deepEqual([await count(kept, 10, 'b'), await count(kept, most, 'c'), await count(kept, most, 'a')], [0, 0, 3]);
    // One that is too large by itself drives out no other.
    t.deepEqual([await count(kept, 2 * most, 'd'), await count(kept, 10, 'b'), await count(kept, 2 * most, 'd')], [3, 0, 3]);
    t.true(inUse() - before <= 64 * 2 ** 20, `${inUse() - before} bytes`);
  });
}
