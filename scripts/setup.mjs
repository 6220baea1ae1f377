// What `npm start` and `npm test` do first: install the locked dependencies and build, nothing global, no install scripts.
import { spawnSync } from 'node:child_process';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`anyformer needs Node 20.19 or newer; this is ${process.version}. Install a newer Node and run the command again.`);
  process.exit(3);
}

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
for (const args of [
  ['install', '--frozen-lockfile', '--reporter=silent'],
  ['run', 'build'],
]) {
  const done = spawnSync(npm, ['run', '-s', 'pnpm', '--', ...args], { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
  if (done.status !== 0) {
    process.stderr.write(done.stdout ?? '');
    console.error(`anyformer: set-up failed at 'pnpm ${args.join(' ')}'.`);
    process.exit(done.status ?? 1);
  }
}
