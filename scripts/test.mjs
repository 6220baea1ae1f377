// Runs ava, shows what it shows, and closes with one plain line: N passed, N failed, N skipped.
import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';

const ava = spawn(process.execPath, ['node_modules/ava/entrypoints/cli.mjs', ...process.argv.slice(2)], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
let shown = '';
ava.stdout.on('data', (chunk) => {
  process.stdout.write(chunk);
  shown += chunk;
});
ava.on('close', (code) => {
  const plain = stripVTControlCharacters(shown);
  const count = (what) => Number(plain.match(new RegExp(`^\\s*(\\d+) (?:tests? |)${what}`, 'm'))?.[1] ?? 0);
  const failed = count('failed') + count('uncaught exception') + count('unhandled rejection');
  console.log(`${count('passed')} passed, ${failed || (code === 0 ? 0 : 1)} failed, ${count('skipped')} skipped`);
  process.exit(code ?? 1);
});
