import { AnyformerError } from '../../error.js';
import { noteShapes, registerReshapes } from '../../tape/reshape.js';
import * as tf from '../../tf.js';
import type { Engine } from '../engine.js';
import { registerHostKernels } from './host-kernels.js';
import type { Found } from './load.js';

/** TensorFlow's C library through tfjs-node, an optional peer: the way to CUDA. Every op is its reference composition. */
export const tensorflow: Engine = {
  id: 'tensorflow',
  automatic: false,
  async start(wanted) {
    const found = await load(wanted);
    if (!found.name) throw failure('tensorflow', found.reason, found.fix);
    if (wanted !== undefined && wanted !== found.threads)
      throw failure('threads', `TensorFlow runs with ${found.threads} threads already, ${wanted} were asked for`, 'Use another process.');
    await tf.setBackend('tensorflow');
    return { id: 'tensorflow', threads: found.threads, simd: 'unknown', detail: describe(found) };
  },
  async probe() {
    const found = await load(undefined);
    const { name, reason, fix } = found;
    return { id: 'tensorflow', loads: name !== '', reason, fix, detail: name ? describe(found) : 'optional peer' };
  },
};

const failure = (code: string, given: string, fix: string): AnyformerError =>
  new AnyformerError({ code: `engine/${code}`, who: 'engine tensorflow', given, fix, exit: 3 });

interface Backend {
  binding: { TF_Version: string };
  isUsingGpuDevice: boolean;
}

function describe({ name }: Found): string {
  const { binding, isUsingGpuDevice } = tf.findBackend('tensorflow') as unknown as Backend;
  return `TensorFlow ${binding.TF_Version} through ${name}, ${isUsingGpuDevice ? 'GPU' : 'CPU'}`;
}

let loading: Promise<Found> | undefined;

/** Loads the package once; which backend is current stays as it is. */
function load(threads: number | undefined): Promise<Found> {
  loading ??= (async () => {
    if (!globalThis.process?.versions?.node) return { name: '', reason: 'a browser loads no addons', fix: 'use wasm', threads: 1 };
    const before = tf.engine().backendName;
    const found = (await import('./load.js')).loadPackage(threads);
    if (found.name) {
      // The package registers every gradient anew.
      registerHostKernels();
      registerReshapes();
      noteShapes('tensorflow');
      if (before) await tf.setBackend(before);
    }
    return found;
  })();
  return loading;
}
