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
    try {
      return await startWith(host, wanted);
    } catch (error) {
      if (threads !== undefined || wanted === 1) throw error;
      // Nobody asked for threads, so none is better than nothing.
      const info = await startWith(host, 1).catch(() => undefined);
      if (!info) throw error;
      return { ...info, passedOver: `${(error as Error).message} One thread is used` };
    }
  },
  async probe() {
    try {
      const host = await wasmHost();
      const threaded = host.spawn !== undefined && host.cores > 1;
      const { simd, passedOver } = await compile(host, threaded).catch(() => compile(host, false));
      return { id: 'wasm', loads: true, reason: '', fix: '', detail: `WebAssembly, ${simd}${passedOver && ` (${passedOver})`}` };
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

async function startWith(host: WasmHost, threads: number): Promise<EngineInfo> {
  const backendName = `anyformer-wasm-${threads}`;
  const starting = started.get(backendName) ?? register(backendName, host, threads);
  started.set(backendName, starting);
  try {
    const info = await starting;
    await tf.setBackend(backendName);
    return info;
  } catch (error) {
    started.delete(backendName);
    throw error;
  }
}

async function register(backendName: string, host: WasmHost, threads: number): Promise<EngineInfo> {
  const { library, passedOver } = await load(host, threads);
  tf.registerBackend(backendName, () => new KernelBackend(library));
  registerKernels(backendName);
  const detail = `WebAssembly, ${library.simd}, ${threads} thread${threads > 1 ? 's' : ''}`;
  return { id: 'wasm', threads, simd: library.simd, detail, ...(passedOver && { passedOver: `${passedOver}: ${library.simd} is used` }) };
}

async function load(host: WasmHost, threads: number): Promise<{ library: WasmLibrary; passedOver: string }> {
  const { module, simd, passedOver } = await compile(host, threads > 1);
  const library = instantiated(module, threads, simd);
  try {
    if (threads > 1) await host.spawn!(library.workerStarts());
  } catch (cause) {
    const given = `${threads - 1} worker threads did not start (${(cause as Error).message})`;
    throw new AnyformerError({ code: 'engine/threads', who: 'engine wasm', given, fix: 'Use one thread.', exit: 3, cause });
  }
  return { library, passedOver };
}

/** The module with its memory. Throws `engine/wasm`: a foreign module lacks what is asked of it, and address space can be limited. */
function instantiated(module: WebAssembly.Module, threads: number, simd: string): WasmLibrary {
  try {
    return new WasmLibrary(module, threads, simd);
  } catch (cause) {
    const given = (cause as Error).message;
    const fix =
      cause instanceof RangeError ? 'Allow this process more memory and address space (V8 takes 8 GB of it).' : 'Build the kernels again.';
    throw new AnyformerError({ code: 'engine/wasm', who: 'engine wasm', given, fix, exit: 3, cause });
  }
}

/** The best build that this runtime accepts; `passedOver`: what is wrong with a better one. */
async function compile(host: WasmHost, threaded: boolean): Promise<{ module: WebAssembly.Module; simd: string; passedOver: string }> {
  host.prepare();
  const failures: string[] = [];
  const broken: string[] = [];
  for (const simd of ['relaxed-simd', 'simd128']) {
    const name = threaded ? `${simd}-threads` : simd;
    try {
      const bytes = await host.read(name);
      if (WebAssembly.validate(bytes)) return { module: await WebAssembly.compile(bytes), simd, passedOver: broken.join('; ') };
      failures.push(`${name} is not valid here`);
    } catch (error) {
      const { message } = error as Error;
      failures.push(message);
      broken.push(message);
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
