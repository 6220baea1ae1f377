import { readFileSync } from 'node:fs';
import test from 'ava';
import { parseDocument } from 'yaml';
import { commandsText, helpText, schemaText } from './generated.js';
import { manifestFile } from './plugin-commands.js';

const fix = 'out of date: run npm run generate in packages/cli';

test('the commands that help shows are those of the plug-ins', async (t) => {
  t.deepEqual(JSON.parse(readFileSync(manifestFile, 'utf8')), JSON.parse(await commandsText()), fix);
});

test('the help that lies ready is that of the commands', (t) => {
  t.is(readFileSync(new URL('../help.txt', import.meta.url), 'utf8'), helpText(), fix);
});

test('the published schema is that of the configs', async (t) => {
  t.deepEqual(JSON.parse(readFileSync(new URL('../schema/run.json', import.meta.url), 'utf8')), JSON.parse(await schemaText()), fix);
});

test('the schema knows the options of every kind', async (t) => {
  const schema = JSON.parse(await schemaText());
  const kinds = (section: string): string[] =>
    schema.properties[section].additionalProperties.anyOf.map((one: { title: string }) => one.title);
  t.true(kinds('modalities').includes('vision'));
  t.true(kinds('tasks').includes('shape-classification'));
  t.truthy(schema.properties.tasks.additionalProperties.anyOf[0].properties.share);
  t.is(parseDocument(JSON.stringify(schema)).errors.length, 0);
});
