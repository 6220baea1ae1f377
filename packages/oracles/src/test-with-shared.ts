import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext, SerialFn, TestFn } from 'ava';

/** The folder above `from` that holds pnpm-workspace.yaml: the repository. */
const repository = (from: string): string | undefined => {
  for (let folder = from, above = path.dirname(folder); ; folder = above, above = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'pnpm-workspace.yaml'))) return folder;
    if (above === folder) return undefined;
  }
};

/**
 * Path of a file or folder of `../shared`, beside the repository, where oracles live: `sharedData('data', 'oracles')`. `undefined` where it
 * is absent.
 */
export const sharedData = (...parts: readonly string[]): string | undefined => {
  const root = repository(path.dirname(fileURLToPath(import.meta.url)));
  if (root === undefined) return undefined;
  const found = path.resolve(root, '..', 'shared', ...parts);
  return existsSync(found) ? found : undefined;
};

/**
 * Registers a test that needs `paths` of `../shared`; `test` is ava's or its `serial`, and `body` gets where the paths are, in their order. Where one is
 * absent the test is skipped, and its line says which.
 */
export const testWithShared = (
  test: TestFn | SerialFn,
  title: string,
  paths: readonly string[],
  body: (t: ExecutionContext, ...found: string[]) => void | Promise<void>,
): void => {
  const found = paths.map((one) => sharedData(one));
  const missing = paths.find((_, i) => found[i] === undefined);
  const run = (t: ExecutionContext): void | Promise<void> => body(t, ...(found as string[]));
  if (missing === undefined) test(title, run);
  else test.skip(`${title} (needs ../shared/${missing})`, run);
};
