import { KernelBackend } from '../../backend/kernel-backend.js';
import { AnyformerError } from '../../error.js';
import { registerKernels } from '../../kernels/register.js';
import * as tf from '../../tf.js';
import type { Engine } from '../engine.js';
import type { Loaded } from './addon.js';
import { NativeLibrary } from './native-library.js';

const backendName = 'anyformer-native';
/** As many as the pool has places for (`native/src/pool.c`). */
const mostThreads = 256;
let library: NativeLibrary | undefined;

/** The N-API addon built from the same C source as the wasm module: the fastest on a CPU, where there is a build for it. */
export const native: Engine = {
  id: 'native',
  automatic: true,
  async start(threads) {
    const { addon, simd, cores, memoryLimit, reason, passedOver } = await load();
    if (!addon) throw new AnyformerError({ code: 'engine/native', who: 'engine native', given: reason, fix: 'Use wasm.', exit: 3 });
    if (!library) {
      const first = new NativeLibrary(addon, simd, memoryLimit);
      tf.registerBackend(backendName, () => new KernelBackend(first));
      registerKernels(backendName);
      library = first;
    }
    const wanted = Math.max(1, Math.min(mostThreads, threads ?? cores));
    const given = library.useThreads(wanted);
    if (given < wanted)
      throw new AnyformerError({
        code: 'engine/threads',
        who: 'engine native',
        given: `${given} of ${wanted} threads started`,
        fix: 'Use fewer threads.',
        exit: 3,
      });
    await tf.setBackend(backendName);
    const detail = `N-API addon, ${simd}, ${given} thread${given > 1 ? 's' : ''}`;
    return { id: 'native', threads: given, simd, detail, ...(passedOver && { passedOver: `${passedOver}: ${simd} is used` }) };
  },
  async probe() {
    const { addon, simd, reason, passedOver } = await load();
    if (addon) return { id: 'native', loads: true, reason: '', fix: '', detail: `N-API addon, ${simd}${passedOver && ` (${passedOver})`}` };
    const fix = switchedOff() ? 'unset ANYFORMER_NATIVE' : 'use wasm';
    return { id: 'native', loads: false, reason, fix, detail: 'N-API addon' };
  },
};

const switchedOff = (): boolean => globalThis.process?.env.ANYFORMER_NATIVE === 'off';

async function load(): Promise<Loaded> {
  const nothing = { simd: 'none', cores: 1, memoryLimit: 0, passedOver: '' };
  if (!globalThis.process?.versions?.node) return { ...nothing, reason: 'a browser loads no addons' };
  if (switchedOff()) return { ...nothing, reason: 'switched off by ANYFORMER_NATIVE=off' };
  return (await import('./addon.js')).loadAddon();
}
