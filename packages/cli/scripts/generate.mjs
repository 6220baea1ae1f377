// Writes what help and editors read without loading anything: commands.json and schema/run.json. A test holds both to the plug-ins.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { commandsText, schemaText } from '../dist/generated.js';

for (const [file, text] of [
  ['commands.json', await commandsText()],
  ['schema/run.json', await schemaText()],
]) {
  writeFileSync(new URL(`../${file}`, import.meta.url), text);
  console.log(`packages/cli/${file}`);
}
spawnSync('npx', ['biome', 'format', '--write', 'packages/cli/commands.json', 'packages/cli/schema'], {
  cwd: new URL('../../..', import.meta.url),
  stdio: 'inherit',
});
