import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { tensorCount } from '../../memory.js';
import * as tf from '../../tf.js';
import { probeEngines, useEngine } from '../use-engine.js';

const { loads, reason } = (await probeEngines()).find(({ id }) => id === 'tensorflow')!;
// One line stands for all that runs on every engine and cannot here.
const whole = loads
  ? 'engine tensorflow starts'
  : `everything on engine tensorflow (needs ANYFORMER_TENSORFLOW, see the README here: ${reason})`;
(loads ? test.serial : test.skip)(whole, async (t) => t.is((await useEngine({ engine: 'tensorflow' })).id, 'tensorflow'));
const withTensorflow = (subject: string, body: (t: ExecutionContext) => Promise<void>): void => {
  if (loads) test.serial(subject, body);
};
const script = fileURLToPath(new URL('../../../scripts/build-tensorflow.mjs', import.meta.url));

/** Runs the script that builds the native part. */
const build = (...args: string[]): Promise<{ status: number; out: string; said: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], (error, out, said) => resolve({ status: Number(error?.code ?? 0), out, said }));
  });

const pooled = (x: tf.Tensor): tf.Tensor => tf.maxPool(x as tf.Tensor4D, 3, 2, 1);

/** Ops that TensorFlow's eager interface, or tfjs-node, has no way to. */
const onlyPlain: Record<string, () => tf.Tensor | tf.Tensor[]> = {
  'pooling with paddings as numbers': () => pooled(tf.reshape(tf.range(0, 50), [1, 5, 5, 2])),
  'its gradient': () => tf.grad(pooled)(tf.reshape(tf.range(0, 50), [1, 5, 5, 2]) as tf.Tensor),
  'a broadcast over seven axes': () => tf.add(tf.ones([2, 1, 3, 1, 2, 1, 3]), tf.ones([1, 2, 1, 3, 1, 2, 1])),
  'a kernel that is not there': () => tf.searchSorted(tf.tensor1d([0, 3, 9, 9, 10]), tf.tensor1d([0, 4, 10]), 'right'),
  'several results': () =>
    tf.unstack(
      tf.sparse.sparseReshape(
        tf.tensor2d(
          [
            [0, 0],
            [1, 2],
          ],
          [2, 2],
          'int32',
        ),
        tf.tensor1d([2, 3], 'int32'),
        tf.tensor1d([3, 2], 'int32'),
      ).outputIndices as tf.Tensor,
    ),
};

withTensorflow('tensorflow: what it has no kernel for is computed by the plain one', async (t) => {
  const result = async (engine: string, run: () => tf.Tensor | tf.Tensor[]): Promise<unknown[]> => {
    await useEngine({ engine });
    const before = tensorCount();
    const outs = [tf.tidy(run)].flat();
    const read = await Promise.all(outs.map(async (out) => [out.shape, out.dtype, [...(await out.data())]]));
    tf.dispose(outs);
    t.is(tensorCount(), before);
    return read;
  };
  for (const [name, run] of Object.entries(onlyPlain)) t.deepEqual(await result('tensorflow', run), await result('cpu', run), name);
});

withTensorflow('tensorflow: tensors follow from one engine to another and back', async (t) => {
  await useEngine({ engine: 'wasm' });
  const x = tf.variable(tf.tensor2d([1, 2, 3, 4], [2, 2]));
  await useEngine({ engine: 'tensorflow' });
  const y = tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D);
  await useEngine({ engine: 'wasm' });
  const z = tf.add(y, x);
  t.deepEqual([...(await z.data())], [8, 12, 18, 26]);
  tf.dispose([x, y, z]);
});

withTensorflow('tensorflow: threads are those of its first start', async (t) => {
  const { threads } = await useEngine({ engine: 'tensorflow' });
  t.is(threads, availableParallelism());
  t.is((await useEngine({ engine: 'tensorflow', threads })).threads, threads);
  await t.throwsAsync(useEngine({ engine: 'tensorflow', threads: threads + 1 }), { code: 'engine/threads' });
});

test('the script that builds the native part explains itself', async (t) => {
  const { status, out, said } = await build('--help');
  t.deepEqual([status, said], [0, '']);
  for (const option of ['--python', '--package', '--output', '--headers', '--compiler']) t.true(out.includes(option), option);
});

if (process.platform === 'linux')
  test('the script that builds the native part says what is missing and what to do', async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'anyformer-'));
    t.like(await build('--no-such-option'), { status: 2 });
    const empty = await build('--package', folder);
    t.is(empty.status, 1);
    t.regex(empty.said, /is installed in .*\n {2}npm install --prefix .* --ignore-scripts @tensorflow\/tfjs-node/);
    await writeFile(path.join(folder, 'package.json'), JSON.stringify({ name: '@tensorflow/tfjs-node', version: '4.22.0' }));
    const noPython = await build('--package', folder, '--python', path.join(folder, 'python'));
    t.regex(noPython.said, /python does not start \(ENOENT\)\.\n {2}Give the Python that has TensorFlow with --python\./);
    const without = path.join(folder, 'python');
    await writeFile(without, '#!/bin/sh\n', { mode: 0o755 });
    const noTensorflow = await build('--package', folder, '--python', without);
    t.regex(noTensorflow.said, /has no TensorFlow\.\n.*pip install tensorflow-cpu/);
    await rm(folder, { recursive: true });
  });
