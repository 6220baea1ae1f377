// Writes what help and editors read without loading anything: commands.json and schema/run.json. A test holds both to the plug-ins.
import { writeFileSync } from 'node:fs';
import { commandsText, schemaText } from '../dist/generated.js';

for (const [file, text] of [
  ['commands.json', await commandsText()],
  ['schema/run.json', await schemaText()],
]) {
  writeFileSync(new URL(`../${file}`, import.meta.url), text);
  console.log(`packages/cli/${file}`);
}
