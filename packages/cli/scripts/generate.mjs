// Writes what help and editors read without loading anything: commands.json, help.txt and schema/run.json. Tests hold them to the commands
// and the plug-ins.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { commandsText, helpText, schemaText } from '../dist/generated.js';

// in this order: help shows what commands.json says
for (const [file, textOf] of [
  ['commands.json', commandsText],
  ['help.txt', helpText],
  ['schema/run.json', schemaText],
]) {
  writeFileSync(new URL(`../${file}`, import.meta.url), await textOf());
  console.log(`packages/cli/${file}`);
}
spawnSync('npx', ['biome', 'format', '--write', 'packages/cli/commands.json', 'packages/cli/schema'], {
  cwd: new URL('../../..', import.meta.url),
  stdio: 'inherit',
});
