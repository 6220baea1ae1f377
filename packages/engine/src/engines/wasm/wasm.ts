import { KernelBackend } from '../../backend/kernel-backend.js';
import { AnyformerError } from '../../error.js';
import { registerKernels } from '../../kernels/register.js';
import * as tf from '../../tf.js';
import type { Engine, EngineInfo } from '../engine.js';
import { type WasmHost, wasmHost } from './host.js';
import { WasmLibrary } from './wasm-library.js';

/** By backend name, so that two that ask at once get one. */
const started = new Map<string, Promise<EngineInfo>>();

/** Our own WebAssembly module: works everywhere, the browser included. */
export const wasm: Engine = {
  id: 'wasm',
  automatic: true,
  async start(threads) {
    const host = await wasmHost();
    const wanted = host.spawn ? Math.max(1, Math.min(32, threads ?? host.cores)) : 1;
    const backendName = `anyformer-wasm-${wanted}`;
    const starting = started.get(backendName) ?? register(backendName, host, wanted);
    started.set(backendName, starting);
    try {
      const info = await starting;
      await tf.setBackend(backendName);
      return info;
    } catch (error) {
      started.delete(backendName);
      throw error;
    }
  },
  async probe() {
    try {
      const { simd } = await compile(await wasmHost(), false);
      return { id: 'wasm', loads: true, reason: '', fix: '', detail: `WebAssembly, ${simd}` };
    } catch (error) {
      const { message } = error as Error;
      return {
        id: 'wasm',
        loads: false,
        reason: message,
        fix: 'run node packages/engine/scripts/build-kernels.mjs',
        detail: 'WebAssembly',
      };
    }
  },
};

async function register(backendName: string, host: WasmHost, threads: number): Promise<EngineInfo> {
  const library = await load(host, threads);
  tf.registerBackend(backendName, () => new KernelBackend(library));
  registerKernels(backendName);
  const detail = `WebAssembly, ${library.simd}, ${threads} thread${threads > 1 ? 's' : ''}`;
  return { id: 'wasm', threads, simd: library.simd, detail };
}

async function load(host: WasmHost, threads: number): Promise<WasmLibrary> {
  const { module, simd } = await compile(host, threads > 1);
  const library = new WasmLibrary(module, threads, simd);
  try {
    if (threads > 1) await host.spawn!(library.workerStarts());
  } catch (cause) {
    const given = `${threads - 1} worker threads did not start (${(cause as Error).message})`;
    throw new AnyformerError({ code: 'engine/threads', who: 'engine wasm', given, fix: 'Use one thread.', exit: 3, cause });
  }
  return library;
}

/** The best build that this runtime accepts. */
async function compile(host: WasmHost, threaded: boolean): Promise<{ module: WebAssembly.Module; simd: string }> {
  host.prepare();
  const failures: string[] = [];
  for (const simd of ['relaxed-simd', 'simd128']) {
    const name = threaded ? `${simd}-threads` : simd;
    try {
      const bytes = await host.read(name);
      if (WebAssembly.validate(bytes)) return { module: await WebAssembly.compile(bytes), simd };
      failures.push(`${name} is not valid here`);
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  throw new AnyformerError({
    code: 'engine/wasm',
    who: 'engine wasm',
    given: failures.join('; '),
    fix: 'Build the kernels again.',
    exit: 3,
  });
}
