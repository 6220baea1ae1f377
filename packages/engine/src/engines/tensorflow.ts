import { AnyformerError } from '../error.js';
import { noteShapes } from '../tape/reshape.js';
import * as tf from '../tf.js';
import type { Engine } from './engine.js';

// Names in variables: with literals the compiler wants the packages to be there, and bundlers follow them.
const packages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/** TensorFlow's C library through tfjs-node, an optional peer: the way to CUDA. Every op is its reference composition. */
export const tensorflow: Engine = {
  id: 'tensorflow',
  automatic: false,
  async start() {
    const { name } = await load();
    if (!noted) noteShapes('tensorflow');
    noted = true;
    await tf.setBackend('tensorflow');
    return { id: 'tensorflow', threads: 0, simd: 'unknown', detail: `${name}, ${device()}` };
  },
  async probe() {
    const before = tf.engine().backendName;
    try {
      const { name } = await load();
      if (before) await tf.setBackend(before);
      return { id: 'tensorflow', loads: true, reason: '', fix: '', detail: name };
    } catch (error) {
      const { message } = error as Error;
      return { id: 'tensorflow', loads: false, reason: message, fix: 'npm install @tensorflow/tfjs-node', detail: 'optional peer' };
    }
  },
};

let noted = false;

const device = (): string => ((tf.backend() as { isUsingGpuDevice?: boolean }).isUsingGpuDevice ? 'GPU' : 'CPU');

async function load(): Promise<{ name: string }> {
  const utilName = 'node:util';
  const { default: util } = (await import(utilName)) as { default: { isNullOrUndefined?: (value: unknown) => boolean } };
  // Node 23 removed it and tfjs-node 4.22.0 calls it (tensorflow/tfjs#8425, merged and never released).
  util.isNullOrUndefined ??= (value) => value == null;
  const failures: string[] = [];
  for (const name of packages) {
    try {
      await import(name);
      return { name };
    } catch (error) {
      failures.push(`${name}: ${explain(error as Error & { code?: string }, name)}`);
    }
  }
  throw new AnyformerError({
    code: 'engine/tensorflow',
    who: 'engine tensorflow',
    given: failures.join('; '),
    fix: 'Install @tensorflow/tfjs-node (or -gpu) with its native part.',
    exit: 3,
  });
}

function explain(error: Error & { code?: string }, name: string): string {
  if (error.code === 'ERR_MODULE_NOT_FOUND' && error.message.includes(name)) return 'not installed';
  if (/native addon module|napi-v\d/.test(error.message)) return 'installed, but its native part was not built';
  if (/cannot open shared object|\.so|dlopen/i.test(error.message)) return `a library is missing (${error.message.split('\n')[0]})`;
  return error.message.split('\n')[0] ?? 'failed';
}
