// Runs ava, shows what it shows, and closes with one plain line: N passed, N failed, N skipped.
import { spawn } from 'node:child_process';

const ava = spawn(process.execPath, ['node_modules/ava/entrypoints/cli.mjs', ...process.argv.slice(2)], { stdio: ['ignore', 'pipe', 'inherit'] });
let shown = '';
ava.stdout.on('data', (chunk) => {
  process.stdout.write(chunk);
  shown += chunk;
});
ava.on('close', (code) => {
  const plain = shown.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '');
  const count = (what) => Number(plain.match(new RegExp(`^\\s*(\\d+) (?:tests? |)${what}`, 'm'))?.[1] ?? 0);
  const failed = count('failed') + count('uncaught exception') + count('unhandled rejection');
  console.log(`${count('passed')} passed, ${failed || (code === 0 ? 0 : 1)} failed, ${count('skipped')} skipped`);
  process.exit(code ?? 1);
});
