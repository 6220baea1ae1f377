import { readFile } from 'node:fs/promises';
import { KernelBackend } from '../backend/kernel-backend.js';
import { registerKernels } from '../kernels/register.js';
import * as tf from '../tf.js';
import { probeEngines, useEngine } from './use-engine.js';
import { WasmLibrary } from './wasm/wasm-library.js';

/** One way to run everything. */
export interface EngineUnderTest {
  name: string;
  start(): Promise<unknown>;
}

const loading = (await probeEngines()).filter(({ loads }) => loads).map(({ id }) => id);

/** The build without relaxed SIMD, which Node would not choose by itself. */
async function startPlainSimd(): Promise<void> {
  const name = 'test-simd128';
  if (!tf.engine().registryFactory[name]) {
    const bytes = await readFile(new URL('../../prebuilt/wasm/simd128.wasm', import.meta.url));
    const library = new WasmLibrary(await WebAssembly.compile(bytes), 1, 'simd128');
    tf.registerBackend(name, () => new KernelBackend(library));
    registerKernels(name);
  }
  await useEngine({ engine: 'cpu' });
  await tf.setBackend(name);
}

/** Every engine that loads here; ours with one thread and with two, and the build for older runtimes. */
export const everyEngine: readonly EngineUnderTest[] = loading.flatMap((engine) =>
  engine === 'cpu' || engine === 'tensorflow'
    ? [{ name: engine, start: () => useEngine({ engine }) }]
    : [
        ...[1, 2].map((threads) => ({ name: `${engine}, ${threads} threads`, start: () => useEngine({ engine, threads }) })),
        ...(engine === 'wasm' ? [{ name: 'wasm, plain SIMD', start: startPlainSimd }] : []),
      ],
);
