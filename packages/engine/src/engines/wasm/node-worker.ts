// A compute thread: the same module on the same memory, with a stack of its own. It never returns; it sleeps on an atomic while there
// is nothing to do, and being unref'd it does not keep the process alive.
import { parentPort, workerData } from 'node:worker_threads';
import type { WorkerStart } from './wasm-library.js';

const { module, memory, stack, thread } = workerData as WorkerStart;
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
(exports.__stack_pointer as WebAssembly.Global).value = stack;
parentPort!.postMessage('ready');
(exports.pool_work as (thread: number) => void)(thread);
