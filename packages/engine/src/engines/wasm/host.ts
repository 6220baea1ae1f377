import type { WorkerStart } from './wasm-library.js';

/** What loading the module needs from where it runs. */
export interface WasmHost {
  /** Cores to use when nobody says how many. */
  cores: number;
  /** Switches on what the runtime has but hides behind a flag. */
  prepare(): void;
  /** The bytes of a prebuilt module. */
  read(name: string): Promise<BufferSource>;
  /** Starts workers and resolves when they are at work; undefined where there are none. */
  spawn?(starts: WorkerStart[]): Promise<void>;
}

/** The host of this runtime. */
export async function wasmHost(): Promise<WasmHost> {
  if (globalThis.process?.versions?.node) return (await import('./node-host.js')).nodeHost;
  return {
    cores: 1,
    prepare() {},
    async read(name) {
      const response = await fetch(new URL(`../../../prebuilt/wasm/${name}.wasm`, import.meta.url));
      if (!response.ok) throw new Error(`${name}.wasm: ${response.status}`);
      return response.arrayBuffer();
    },
  };
}
