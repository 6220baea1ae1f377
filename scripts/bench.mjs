// Runs a benchmark of benchmarks/; sets up first where nothing is built yet. What is built is taken as it is: `npx tsc -b` brings it up to date.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const program = new URL('../benchmarks/dist/bench.js', import.meta.url);
if (!existsSync(program)) {
  const setup = fileURLToPath(new URL('./setup.mjs', import.meta.url));
  const { status } = spawnSync(process.execPath, [setup], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}
await import(program.href);
