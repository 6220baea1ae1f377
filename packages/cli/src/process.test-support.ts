import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestFn } from 'ava';

/** The command as it is installed. */
export const bin = fileURLToPath(new URL('../bin/anyformer.js', import.meta.url));

/** How a process ended and what it wrote. */
export interface Ended {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

export interface CallOptions {
  readonly cwd?: string | undefined;
  readonly input?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Called with what stdout has so far. */
  seen?(out: string, child: ChildProcess): void;
}

const inherited = (): NodeJS.ProcessEnv => {
  const { NO_COLOR: _a, FORCE_COLOR: _b, CI: _c, ANYFORMER_ENGINE: _d, ANYFORMER_DEBUG: _e, NODE_V8_COVERAGE: _f, ...env } = process.env;
  return env;
};

/** Runs a program to its end. */
export const runProgram = (program: string, given: readonly string[], { cwd, input, env, seen }: CallOptions = {}): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, given, { cwd, env: { ...inherited(), ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk) => {
      out += chunk;
      seen?.(out, child);
    });
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
    child.on('error', reject);
    child.on('close', (exit) => resolve({ exit, out, err }));
  });

/** Runs `anyformer` to its end. */
export const anyformer = (given: readonly string[], options?: CallOptions): Promise<Ended> =>
  runProgram(process.execPath, [bin, ...given], options);

/** A folder for a test file, removed after it; with a way to write files into it. */
export const testFolder = (test: TestFn): { readonly folder: string; written(name: string, text: string): string } => {
  const folder = mkdtempSync(path.join(tmpdir(), 'anyformer-cli-'));
  test.after.always(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return {
    folder,
    written(name, text) {
      const file = path.join(folder, name);
      writeFileSync(file, text);
      return file;
    },
  };
};

/** A config that trains in a second: pictures of shapes, told apart by one small layer. */
export const smallConfig = `seed: 1
modalities:
  pictures: { kind: vision, width: 20, height: 20, channels: 3, patch: 5 }
tasks:
  shape:
    kind: shape-classification
    input: pictures
    data: { kind: shapes, side: 20, pictures: 200 }
model: { preset: tiny, width: 16, heads: 2, feedForward: 32, encoder: { layers: 1 }, decoder: { layers: 0 } }
train:
  steps: 20
  batch: { examples: 8 }
  optimizer: { kind: adamw }
  schedule: { kind: constant, peak: 1.0e-3 }
checkpoint: { every: 10, keep: 3 }
`;
