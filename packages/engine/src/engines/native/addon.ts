import { createRequire } from 'node:module';
import { availableParallelism, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { prebuiltFile } from '../prebuilt-file.js';

/** What the addon's C side offers (`native/addon/addon.c`). */
export interface Addon {
  /** Names of the kernels; a kernel's index is its number. */
  readonly commands: readonly string[];
  /** What each kernel returns: nothing (0), a number that follows from its arguments (1), or one that depends on memory (2). */
  readonly answers: readonly number[];
  /** Where a kernel's arguments are put before it runs. */
  readonly arguments: Float64Array;
  /** Runs the kernel of a number. */
  run(command: number): number;
  /** Runs a list of kernels: number, count of arguments, arguments, and so on. Returns whether none complained of what is in memory. */
  runAll(commands: Float64Array): boolean;
  /** Fresh zeroed memory, or undefined where there is no more. */
  take(bytes: number): { address: number; buffer: ArrayBuffer } | undefined;
  /** Makes so many threads ready, with scratch at the addresses given; returns how many there are. */
  start(threads: number, floats: number, scratch: readonly number[]): number;
}

/** The addon that was loaded, or why none was. */
export interface Loaded {
  addon?: Addon;
  /** Vector instructions: `avx512`, `avx2`, `neon`. */
  simd: string;
  /** Cores to use when nobody says how many. */
  cores: number;
  /** Bytes that this process may use. */
  memoryLimit: number;
  /** Why nothing loaded; empty where something did. */
  reason: string;
  /** Why a better build that the processor could run was passed over; empty where none was. */
  passedOver: string;
}

/** The builds of each platform, best first; each looks at the processor itself before it lets itself be loaded. */
const builds: Readonly<Record<string, readonly [file: string, simd: string][]>> = {
  'linux-x64': [
    ['linux-x64-avx512', 'avx512'],
    ['linux-x64-avx2', 'avx2'],
  ],
  'linux-arm64': [['linux-arm64', 'neon']],
  'darwin-x64': [['darwin-x64-avx2', 'avx2']],
  'darwin-arm64': [['darwin-arm64', 'neon']],
  'win32-x64': [['win32-x64-avx2', 'avx2']],
};

/** What the addon says where a thread of this process has it already (`native/addon/addon.c`). */
const taken = 'another thread of this process';

/** What it says where this machine cannot run a build: nothing is broken then. */
const unable = /the processor has no|the system does not save/;

let loaded: Loaded | undefined;

/** Loads the best build that runs here, once. */
export function loadAddon(): Loaded {
  loaded ??= load();
  return loaded;
}

function load(): Loaded {
  const platform = `${process.platform}-${process.arch}`;
  const cores = availableParallelism();
  // What a container allows, where it allows less than the machine has. Older runtimes give 0, newer ones an enormous number for "no limit".
  const constrained = process.constrainedMemory?.() ?? 0;
  const memoryLimit = constrained > 0 && constrained < totalmem() ? constrained : totalmem();
  const built = builds[platform];
  const nothing = { simd: 'none', cores, memoryLimit, passedOver: '' };
  if (!built) return { ...nothing, reason: `not built for ${platform}` };
  // One build may be asked for by its instructions: to measure it, or to have the bits of another machine.
  const asked = process.env.ANYFORMER_NATIVE || undefined;
  const candidates = built.filter(([, simd]) => asked === undefined || simd === asked);
  if (candidates.length === 0) {
    const known = built.map(([, simd]) => simd).join(', ');
    return { ...nothing, reason: `ANYFORMER_NATIVE=${asked} is none of off, ${known}` };
  }
  const require = createRequire(import.meta.url);
  const reasons: string[] = [];
  for (const [file, simd] of candidates) {
    try {
      const { url } = prebuiltFile(`native/${file}.node`);
      const passedOver = reasons.filter((reason) => !unable.test(reason)).join('; ');
      return { addon: require(fileURLToPath(url)) as Addon, simd, cores, memoryLimit, reason: '', passedOver };
    } catch (error) {
      const reason = (error as Error).message.split('\n')[0]!;
      reasons.push(reason.includes(file) ? reason : `${file}.node: ${reason}`);
      // A lesser build would load beside it, and compute other bits in one process.
      if (reason.includes(taken)) break;
    }
  }
  return { ...nothing, reason: reasons.join('; ') };
}
