import test from 'ava';
import { everyEngine } from '../engines/every-engine.test-support.js';
import { uniform } from '../ops/float64.test-support.js';
import * as tf from '../tf.js';

/** Rows, columns, depth: less than a tile, a tile and a bit, several blocks of each, and columns of a transposed factor near and far apart. */
const sizes = [
  [1, 1, 1],
  [3, 7, 1],
  [5, 2, 65],
  [6, 64, 17],
  [7, 65, 129],
  [17, 129, 300],
  [63, 33, 513],
  [129, 17, 385],
  [1023, 9, 31],
  [1030, 66, 35],
] as const;

for (const { name, start } of everyEngine)
  test.serial(`${name}: products of every transposition are sums in float64`, async (t) => {
    await start();
    const next = uniform(11);
    const drawn = (n: number): Float32Array => Float32Array.from({ length: n }, next);
    for (const [rows, columns, depth] of sizes) {
      const [a, b] = [drawn(rows * depth), drawn(depth * columns)];
      for (const transposeA of [false, true])
        for (const transposeB of [false, true]) {
          const given = tf.tidy(() =>
            tf
              .matMul(
                tf.tensor2d(a, transposeA ? [depth, rows] : [rows, depth]),
                tf.tensor2d(b, transposeB ? [columns, depth] : [depth, columns]),
                transposeA,
                transposeB,
              )
              .dataSync(),
          );
          let worst = 0;
          for (let i = 0; i < rows; i++)
            for (let j = 0; j < columns; j++) {
              let sum = 0;
              for (let k = 0; k < depth; k++)
                sum += a[transposeA ? k * rows + i : i * depth + k]! * b[transposeB ? j * depth + k : k * columns + j]!;
              worst = Math.max(worst, Math.abs(sum - given[i * columns + j]!));
            }
          t.true(worst <= 2e-7 * depth, `${rows} x ${columns} x ${depth}, ${transposeA}, ${transposeB}: ${worst}`);
        }
    }
  });
