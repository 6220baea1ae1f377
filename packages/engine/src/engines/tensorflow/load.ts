import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import util from 'node:util';

/** The package that was loaded, by name; where none was the name is empty. */
export interface Found {
  name: string;
  /** Why none loads. */
  reason: string;
  /** What to do about it. */
  fix: string;
  /** Threads that TensorFlow has, from here on. */
  threads: number;
}

const packages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];
/** What there must be one copy of: the tensors, the tape, and what registers kernels and gradients. */
const shared = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers', '@tensorflow/tfjs-backend-cpu'];
const here = createRequire(import.meta.url);
const script = fileURLToPath(new URL('../../../scripts/build-tensorflow.mjs', import.meta.url));

/** Loads the first package that does: from the folder `ANYFORMER_TENSORFLOW` where that is set, else from where Node finds it. */
export function loadPackage(wanted: number | undefined): Found {
  // TensorFlow reads these once, when it is loaded. Its own words are on the instruction sets it was built for. On a GPU it would take all
  // memory for one process, add in any order, and multiply with 10 bits of mantissa: here float32 is float32, and a seed gives the same bits.
  const { env } = process;
  env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  env.TF_DETERMINISTIC_OPS ??= '1';
  env.NVIDIA_TF32_OVERRIDE ??= '0';
  const threads = wanted ?? (Number(env.TF_NUM_INTRAOP_THREADS) || availableParallelism());
  env.TF_NUM_INTRAOP_THREADS = `${threads}`;
  const folder = process.env.ANYFORMER_TENSORFLOW;
  const from = folder ? createRequire(path.join(path.resolve(folder), 'index.js')) : here;
  const reasons: string[] = [];
  let unbuilt: string | undefined;
  const itself = folder ? nameOf(folder) : undefined;
  for (const name of itself ? [itself] : packages) {
    const at = locate(from, name);
    if (!at) {
      reasons.push(`${name}: not installed${folder ? ` in ${folder}` : ''}`);
      continue;
    }
    try {
      here(nativePart(packageFolder(at)));
      prepare(at);
      here(at);
      return { name, reason: '', fix: '', threads };
    } catch (error) {
      const reason = explain(error as Error);
      unbuilt ??= packageFolder(at);
      reasons.push(`${name}: ${reason}`);
    }
  }
  return { name: '', reason: reasons.join('; '), fix: remedy(folder, unbuilt), threads };
}

/** The package's main file, where it is installed. */
function locate(from: NodeJS.Require, name: string): string | undefined {
  try {
    return from.resolve(name);
  } catch {
    return undefined;
  }
}

/** The name of the package that a folder itself is. */
function nameOf(folder: string): string | undefined {
  const file = path.join(folder, 'package.json');
  if (!existsSync(file)) return undefined;
  const { name } = here(path.resolve(file)) as { name?: string };
  return packages.find((one) => one === name);
}

function packageFolder(file: string): string {
  let folder = path.dirname(file);
  while (!existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  return folder;
}

/**
 * Where the package looks for its native part. It is loaded before anything else of the package: what fails later has registered
 * hundreds of kernels by then, in the way of the next package's.
 */
function nativePart(folder: string): string {
  const { binary } = here(path.join(folder, 'package.json')) as { binary: { napi_versions: number[] } };
  const version = Math.max(...binary.napi_versions.filter((one) => one <= Number(process.versions.napi)));
  const file = path.join(folder, 'lib', `napi-v${version}`, 'tfjs_binding.node');
  if (!existsSync(file)) throw new Error('installed, but its native part was not built');
  return file;
}

function prepare(at: string): void {
  // tfjs-node 4.22.0 calls what Node 22 deprecates and Node 23 removed (tensorflow/tfjs#8425, merged and never released).
  const old = util as { isNullOrUndefined?(value: unknown): boolean; isArray?(value: unknown): boolean };
  old.isNullOrUndefined = (value) => value == null;
  old.isArray = Array.isArray;
  shareCore(at);
}

/** A package of another folder brings tfjs of its own: what it asks for there is answered with ours. */
function shareCore(at: string): void {
  const union = createRequire(createRequire(at).resolve('@tensorflow/tfjs'));
  for (const name of shared) {
    const [theirs, ours] = [union.resolve(name), here.resolve(name)];
    if (theirs === ours) continue;
    const [version, wanted] = [union, here].map((require) => require(`${name}/package.json`).version as string);
    if (version !== wanted) throw new Error(`it brings ${name} ${version}, and ${wanted} is used here`);
    here(ours);
    here.cache[theirs] = here.cache[ours];
  }
}

function explain({ message }: Error): string {
  const first = message.split('\n')[0] || 'failed';
  if (/cannot open shared object|\.so|dlopen/i.test(message)) return `a library is missing (${first})`;
  return first;
}

function remedy(folder: string | undefined, unbuilt: string | undefined): string {
  const build = `node ${script} --python PYTHON`;
  const wheel = 'where PYTHON has TensorFlow: pip install tensorflow-cpu (or tensorflow[and-cuda], for a GPU)';
  if (unbuilt) return `${build} --package ${unbuilt}, ${wheel}`;
  const install = `npm install${folder ? ` --prefix ${folder}` : ''} --ignore-scripts @tensorflow/tfjs-node@4.22.0`;
  return `${install} && ${build}${folder ? ` --package ${folder}` : ''}, ${wheel}`;
}
