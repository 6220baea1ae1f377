import test from 'ava';
import { everyEngine } from '../engines/every-engine.test-support.js';
import * as tf from '../tf.js';
import { activate } from './activation.js';

const far = [88, 200, 1e10, 1e20, 1e37, 3e38];

for (const { name: engine, start } of everyEngine)
  for (const kind of ['gelu', 'gelu-tanh', 'silu'] as const)
    test.serial(`${engine}: ${kind} is 0 far below 0 and its input far above, with slopes 0 and 1`, async (t) => {
      await start();
      const x = tf.tensor1d([...far.map((value) => -value), ...far]);
      const y = activate(x, kind);
      const slope = tf.grad((x) => activate(x, kind))(x);
      const [values, slopes] = [[...(await y.data())], [...(await slope.data())]];
      for (const [i, value] of far.entries()) {
        t.true(Math.abs(values[i]!) < 1e-30, `${kind}(-${value}) = ${values[i]}`);
        t.is(values[far.length + i], Math.fround(value));
        t.true(Math.abs(slopes[i]!) < 1e-30, `slope at -${value}: ${slopes[i]}`);
        t.is(slopes[far.length + i], 1, `slope at ${value}`);
      }
      tf.dispose([x, y, slope]);
    });
