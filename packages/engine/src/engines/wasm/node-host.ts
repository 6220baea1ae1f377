import { availableParallelism } from 'node:os';
import v8 from 'node:v8';
import { Worker } from 'node:worker_threads';
import { ManifestError, plainFile, prebuiltFile } from '../prebuilt-file.js';
import type { WasmHost } from './host.js';
import type { WorkerStart } from './wasm-library.js';

/** Node: the one place of the wasm engine that imports `node:`. */
export const nodeHost: WasmHost = {
  cores: availableParallelism(),
  prepare() {
    // V8 11 (Node 20) has relaxed SIMD behind a flag; from V8 12 on the flag is gone and the feature is on.
    if (Number(process.versions.node.split('.')[0]) < 22) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  },
  async read(name) {
    const file = `wasm/${name}.wasm`;
    try {
      return prebuiltFile(file).bytes;
    } catch (error) {
      // Without a manifest the addon is not loaded, and says so; a module can do no harm outside its memory.
      if (error instanceof ManifestError) return plainFile(file);
      throw error;
    }
  },
  async spawn(starts) {
    await Promise.all(starts.map(spawn));
  },
};

function spawn(start: WorkerStart): Promise<void> {
  return new Promise((resolve, reject) => {
    // It prints nothing; piped to ours by default, each worker would listen to both streams, and from the eleventh on Node warns of a leak.
    const own = { stdout: true, stderr: true };
    const worker = new Worker(new URL('./node-worker.js', import.meta.url), { workerData: start, execArgv: [], ...own });
    worker.once('message', () => {
      worker.unref();
      resolve();
    });
    worker.once('error', reject);
  });
}
