// What `npm start` and `npm test` do first: install the locked dependencies and build. Nothing global, no install scripts.
import { spawn } from 'node:child_process';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`anyformer needs Node 20.19 or newer; this is ${process.version}. Install a newer Node and run the command again.`);
  process.exit(3);
}

/** Runs one step; says on stderr that it goes on, and shows what it wrote only where it fails. */
const step = (label, program, args) =>
  new Promise((resolve) => {
    const live = process.stderr.isTTY && process.env.TERM !== 'dumb';
    const started = performance.now();
    const seconds = () => `${Math.round((performance.now() - started) / 1000)} s`;
    const draw = () => process.stderr.write(`\r\x1b[2K${label} … ${seconds()}`);
    const timer = live ? setInterval(draw, 1000) : undefined;
    process.stderr.write(live ? `${label} …` : `${label} …\n`);
    let said = '';
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        said += chunk;
      });
    const ended = (code) => {
      clearInterval(timer);
      if (live) process.stderr.write('\r\x1b[2K');
      if (code === 0) return resolve();
      process.stderr.write(said);
      console.error(`anyformer: set-up failed: ${label.toLowerCase()} (${[program, ...args].join(' ')}).`);
      process.exit(typeof code === 'number' ? code : 1);
    };
    child.on('error', (error) => {
      said += `${error.message}\n`;
      ended(1);
    });
    child.on('close', ended);
  });

// not -s: npm would be silent about why it failed
await step('Installing what anyformer needs', 'npm', [
  'run',
  '--loglevel=error',
  'pnpm',
  '--',
  'install',
  '--frozen-lockfile',
  '--reporter=append-only',
]);
await step('Building', process.execPath, ['node_modules/typescript/bin/tsc', '-b']);
