import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Entry } from './match.js';
import type { Row } from './rows.js';

/** What a Python has to offer: versions by package; those it lacks are left out. */
export interface Python {
  readonly program: string;
  readonly versions: Readonly<Record<string, string>>;
}

const script = fileURLToPath(new URL('../../engine/opponents/main.py', import.meta.url));

/** Settings of a library that other programs on this machine may have asked for would change what is measured. */
const cleared = (): NodeJS.ProcessEnv => {
  const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...env } = process.env;
  return env;
};

/** The environment of an opponent with so many threads. */
export const pythonEnvironment = (threads: number): NodeJS.ProcessEnv => ({
  ...cleared(),
  OMP_NUM_THREADS: String(threads),
  MKL_NUM_THREADS: String(threads),
});

/** Asks a Python for its packages. Throws where there is no such program. */
export const askPython = (program: string): Python => {
  const { stdout, stderr, error, status } = spawnSync(program, [script, 'versions'], { encoding: 'utf8', env: cleared() });
  if (error || status !== 0) throw new Error(error?.message ?? stderr.trim().split('\n').at(-1) ?? `ended with ${status}`);
  return { program, versions: JSON.parse(stdout) as Record<string, string> };
};

/** Whom a row is measured against. */
const names = ({ kind }: Row, threads: number, versions: Python['versions'], compile: boolean): string[] => {
  if (!('torch' in versions)) return kind === 'translation-decoding' && 'ctranslate2' in versions ? ['ctranslate2'] : [];
  const torch = kind === 'product' ? ['torch-eager'] : ['torch-eager', 'torch-sdpa'];
  // Threads that spin while they wait are quicker on an idle machine, and collapse where somebody else needs a core.
  if (threads > 1) torch.push('torch-passive');
  // A cache that grows is another shape at every step.
  if (compile && kind !== 'translation-decoding' && kind !== 'product') torch.push('torch-compile');
  if (kind === 'vision' && 'onnxruntime' in versions && 'onnx' in versions) torch.push('onnxruntime');
  if (kind === 'translation-decoding' && 'ctranslate2' in versions) torch.push('ctranslate2');
  return torch;
};

/** The opponents of a row, each in a process of its own with the same number of threads. */
export const opponents = (row: Row, threads: number, { program, versions }: Python, compile: boolean): Entry[] =>
  names(row, threads, versions, compile).map((name) => {
    const own = {
      ...(name === 'torch-compile' && row.kind === 'vision' && { TORCHINDUCTOR_FREEZING: '1' }),
      ...(name === 'torch-passive' && { OMP_WAIT_POLICY: 'passive' }),
    };
    const args = [script, JSON.stringify({ ...row, opponent: name, threads })];
    return { name, spins: threads > 1, command: { program, args, env: { ...pythonEnvironment(threads), ...own } } };
  });
