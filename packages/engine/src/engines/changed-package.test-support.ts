import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package that is tested. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Runs code in a process of its own, with the engine in a folder as `engine`. */
export function run(
  folder: string,
  code: string,
  env: Record<string, string> = {},
): { status: number | null; stdout: string; stderr: string } {
  const index = new URL(`file://${path.join(folder, 'dist/index.js')}`).href;
  return spawnSync(process.execPath, ['--input-type=module', '-e', `import * as engine from '${index}'; ${code}`, index], {
    encoding: 'utf8',
    env: { ...process.env, ANYFORMER_ENGINE: '', ...env },
    timeout: 60_000,
  });
}

/** Calls `f` with a copy of the package in which something was done to the prebuilt files. */
export function withChanged<T>(change: (prebuilt: string) => void, f: (folder: string) => T): T {
  const folder = mkdtempSync(path.join(tmpdir(), 'anyformer-engine-'));
  try {
    for (const part of ['dist', 'prebuilt', 'package.json']) cpSync(path.join(root, part), path.join(folder, part), { recursive: true });
    symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    change(path.join(folder, 'prebuilt'));
    return f(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Says which engine is chosen, what was passed over, and the outcome of a product. */
export const show =
  'const { id, simd, threads, passedOver } = await engine.useEngine(); const x = engine.tf.fill([3, 3], 2); console.log(id, passedOver, (await engine.tf.matMul(x, x).data())[0]);';
