import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext, SerialFn, TestFn } from 'ava';

/** Folder of oracles beside the repository, seen from packages/core/dist. */
const shared = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../../shared');

/** Registers a test that needs `paths` of `../shared`, as `testWithShared` of `@anyformer/testing` does, which stands on core itself. */
export const testWithShared = (
  test: TestFn | SerialFn,
  title: string,
  paths: readonly string[],
  body: (t: ExecutionContext, ...found: string[]) => void | Promise<void>,
): void => {
  const found = paths.map((one) => path.join(shared, one));
  const missing = paths.find((_, i) => !existsSync(found[i]!));
  const run = (t: ExecutionContext): void | Promise<void> => body(t, ...found);
  if (missing === undefined) test(title, run);
  else test.skip(`${title} (needs ../shared/${missing})`, run);
};
