import { AnyformerError } from '../../error.js';
import { noteShapes, registerReshapes } from '../../tape/reshape.js';
import * as tf from '../../tf.js';
import type { Engine, EngineInfo } from '../engine.js';
import { registerHostKernels } from './host-kernels.js';
import type { Found } from './load.js';

/** TensorFlow's C library through tfjs-node, an optional peer: the way to CUDA. Every op is its reference composition. */
export const tensorflow: Engine = {
  id: 'tensorflow',
  automatic: false,
  async start() {
    const found = await load();
    if (!found.name)
      throw new AnyformerError({ code: 'engine/tensorflow', who: 'engine tensorflow', given: found.reason, fix: found.fix, exit: 3 });
    await tf.setBackend('tensorflow');
    return info(found.name);
  },
  async probe() {
    const { name, reason, fix } = await load();
    return { id: 'tensorflow', loads: name !== '', reason, fix, detail: name ? info(name).detail : 'optional peer' };
  },
};

interface Binding {
  TF_Version: string;
}

function info(name: string): EngineInfo {
  const { binding, isUsingGpuDevice } = tf.findBackend('tensorflow') as unknown as { binding: Binding; isUsingGpuDevice: boolean };
  const detail = `TensorFlow ${binding.TF_Version} through ${name}, ${isUsingGpuDevice ? 'GPU' : 'CPU'}`;
  return { id: 'tensorflow', threads: 0, simd: 'unknown', detail };
}

let loading: Promise<Found> | undefined;

/** Loads the package once; which backend is current stays as it is. */
function load(): Promise<Found> {
  loading ??= (async () => {
    if (!globalThis.process?.versions?.node) return { name: '', reason: 'a browser loads no addons', fix: 'use wasm' };
    const before = tf.engine().backendName;
    const found = (await import('./load.js')).loadPackage();
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
