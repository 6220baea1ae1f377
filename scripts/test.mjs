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
  const lines = (mark) => plain.split('\n').filter((line) => mark.test(line)).length;
  const failed = lines(/^\s*✘ /) + lines(/^\s*(Uncaught exception|Unhandled rejection) in /);
  console.log(`${lines(/^\s*✔ /)} passed, ${failed || (code === 0 ? 0 : 1)} failed, ${lines(/^\s*- \[skip\]/)} skipped`);
  process.exit(code ?? 1);
});
