import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';

/** Folder of oracles beside the repository, seen from packages/text/dist. */
const shared = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../../shared');

/** A file of oracles, or `undefined` after one line that says why the test says nothing. */
export const sharedData = (t: ExecutionContext, name: string): Buffer | undefined => {
  const file = path.join(shared, name);
  if (existsSync(file)) return readFileSync(file);
  t.log(`skipped: ../shared/${name} is not here`);
  t.pass();
  return undefined;
};
