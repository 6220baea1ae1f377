#!/usr/bin/env node
import { readFileSync } from 'node:fs';

const [first = '--help', ...others] = process.argv.slice(2);
// The page that everybody begins with lies ready (npm run generate): it takes no longer than node itself.
if (others.length === 0 && (first === '--help' || first === '-h')) {
  process.stdout.on('error', ({ code, message }) => {
    if (code === 'EPIPE') return; // nobody reads any more: no failure
    process.stderr.write(`anyformer: The help could not be written: ${message}\n`);
    process.exitCode = 1;
  });
  process.stdout.write(readFileSync(new URL('../help.txt', import.meta.url)));
} else await import('../dist/main.js');
