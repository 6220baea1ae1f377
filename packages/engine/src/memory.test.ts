import test from 'ava';
import { FreeBlocks } from './backend/free-blocks.js';
import { kernelBackend } from './backend/kernel-backend.js';
import { everyEngine } from './engines/every-engine.test-support.js';
import { tensorCount } from './memory.js';
import { attention } from './ops/attention.js';
import { linear } from './ops/linear.js';
import { valueAndGradients } from './tape/value-and-gradients.js';
import * as tf from './tf.js';

const ours = everyEngine.filter(({ name }) => !/^(cpu|tensorflow)/.test(name));

/** Runs `f` on an engine whose system gives no more. */
function without<T>(f: () => T): T {
  const { pool } = kernelBackend()!;
  const hungry = pool as unknown as { library: { take(bytes: number): unknown }; free: FreeBlocks };
  const { library, free } = hungry;
  hungry.library = Object.create(library, { take: { value: () => undefined } });
  hungry.free = new FreeBlocks();
  try {
    return f();
  } finally {
    hungry.library = library;
    hungry.free = free; // what came back meanwhile is lost to this process
  }
}

for (const { name: engine, start } of ours) {
  test.serial(`${engine}: where memory runs out the op, the shape and the bytes are named, and nothing else is lost`, async (t) => {
    await start();
    const [x, weight] = tf.tidy(() => [tf.ones([3, 5]), tf.variable(tf.ones([5, 70_000]))]) as [tf.Tensor, tf.Variable];
    const before = tensorCount();
    const asked =
      /^(\w+|the gradient of \w+): no memory for a tensor \[3,70000\] of 840,000 bytes \(1 MB\) more: [\d,]+ bytes \(\d+ MB\) are in use/;
    const said = (f: () => unknown): string =>
      without(() => t.throws(() => tf.tidy(f as () => tf.TensorContainer), { code: 'memory/out' } as object))!.message;
    for (const [who, f] of [
      ['linear', () => linear(x, weight)],
      ['BatchMatMul', () => tf.matMul(x as tf.Tensor2D, weight as unknown as tf.Tensor2D)],
      ['Fill', () => tf.fill([3, 70_000], 2)],
    ] as [string, () => tf.Tensor][]) {
      const message = said(f);
      t.regex(message, asked);
      t.is(message.split(':')[0], who);
    }
    t.regex(
      said(() => tf.tensor(new Float32Array(210_000), [3, 70_000])),
      asked,
    );
    t.is(tensorCount(), before);
    const y = linear(x, weight);
    t.is((await y.data())[0], 5);
    tf.dispose([x, weight, y]);
  });

  test.serial(`${engine}: memory that runs out on the way back names the op whose gradient it was`, async (t) => {
    await start();
    const weight = tf.tidy(() => tf.variable(tf.ones([5, 70_000])));
    const x = tf.ones([3, 5]);
    const before = tensorCount();
    const { pool } = kernelBackend()!;
    const get = pool.get.bind(pool);
    pool.get = (bytes, shape) => (pool.asking.startsWith('the gradient of Linear') ? without(() => get(bytes, shape)) : get(bytes, shape));
    try {
      const error = t.throws(() => valueAndGradients(() => ({ loss: tf.sum(linear(x, weight)) as tf.Scalar }), [weight]), {
        code: 'memory/out',
      } as object);
      t.regex(error!.message, /^the gradient of Linear: no memory for a tensor \[5,70000\] of 1,400,000 bytes/);
    } finally {
      pool.get = get;
    }
    t.is(tensorCount(), before, 'what was made on the way is freed');
    tf.dispose([weight, x]);
  });

  test.serial(`${engine}: a shape of 2^31 elements or more is refused by name`, async (t) => {
    await start();
    const [tall, wide] = [tf.ones([65_536, 1]), tf.ones([1, 32_768])];
    const refused = (f: () => tf.Tensor) =>
      t.throws(() => tf.tidy(f), { code: 'memory/shape', message: /a tensor \[65536,32768\]; accepted: fewer than 2\^31/ } as object);
    t.regex(refused(() => linear(tall, wide))!.message, /^linear: /);
    t.regex(refused(() => tf.mul(tall, wide))!.message, /^Multiply: /);
    t.regex(refused(() => tf.fill([65_536, 32_768], 1))!.message, /^Fill: /);
    t.regex(refused(() => tf.tile(wide, [65_536, 1]))!.message, /^Tile: /);
    tf.dispose([tall, wide]);
  });

  test.serial(`${engine}: what a stock kernel has no room for is told in the same words`, async (t) => {
    await start();
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3], 'int32');
    const error = t.throws(() => tf.tidy(() => tf.tile(x, [100_000, 1_000_000])), { code: 'memory/out' } as object);
    t.regex(error!.message, /^Tile: no memory for the result of \[2,3\]/);
    x.dispose();
  });

  test.serial(`${engine}: a thread without scratch says which op wanted how much`, async (t) => {
    await start();
    const backend = kernelBackend()!;
    const query = tf.ones([1, 2, 4]) as tf.Tensor3D;
    const { needScratch } = backend.library;
    backend.library.needScratch = (floats) => {
      throw new RangeError(`no memory for scratch of ${floats} floats`);
    };
    try {
      const error = t.throws(() => tf.tidy(() => attention({ query, key: query, value: query, heads: 2 })), {
        code: 'memory/out',
      } as object);
      t.regex(error!.message, /^attention: no memory for scratch of \d+ floats per thread/);
    } finally {
      backend.library.needScratch = needScratch;
    }
    query.dispose();
  });
}
