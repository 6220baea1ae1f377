import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { apiVersion, definePlugin, type Plugin, Registry, tf } from '@anyformer/core';
import test from 'ava';
import { z } from 'zod';
import { MODALITY_KIND, Plugins, TASK_KIND } from './container.js';
import { gatherPlugins } from './gather.js';
import { loadPlugin } from './load.js';

const folder = mkdtempSync(path.join(tmpdir(), 'anyformer-plugins-'));
test.after.always(() => rmSync(folder, { recursive: true }));

const written = (name: string, text: string): string => {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};

const kindSource = `import type { ModalityKind } from '@anyformer/core';
import { z } from 'zod';
enum Side { Left = 'left' }
interface Options { readonly side: string }
export class Named { constructor(readonly name: string) {} }
export const kind: ModalityKind<Options> = {
  kind: new Named('melody').name,
  options: z.strictObject({ side: z.string().default(Side.Left) }) as unknown as z.ZodType<Options>,
  create: () => { throw new Error('not for real'); },
};
`;
const pluginSource = `import { apiVersion, definePlugin, type Plugin, tf, AnyformerError } from '@anyformer/core';
import { kind } from './parts/kind.js';
export const seen = { tf, AnyformerError };
const plugin: Plugin = definePlugin({ name: 'melody', apiVersion, modalities: [kind] } satisfies Plugin);
export default plugin;
`;

test('a plug-in in TypeScript loads without a build, with its own relative imports, and shares core and tfjs', async (t) => {
  written('parts/kind.ts', kindSource);
  const file = written('melody.ts', pluginSource);
  const plugin = await loadPlugin('./melody.ts', [folder]);
  t.is(plugin.name, 'melody');
  t.deepEqual(plugin.modalities?.[0]?.options.parse({}), { side: 'left' });
  const { seen } = (await import(pathToFileURL(file).href)) as { seen: { tf: typeof tf } };
  t.is(seen.tf.engine(), tf.engine());
  t.is(seen.tf.Tensor, tf.Tensor);
  t.is(await loadPlugin(file, [folder]), plugin, 'an absolute path is the same module');
});

test('a plug-in is a package, seen from the folder of the config', async (t) => {
  written(
    'node_modules/@me/harmony/package.json',
    JSON.stringify({ name: '@me/harmony', type: 'module', exports: { import: './index.js' } }),
  );
  written(
    'node_modules/@me/harmony/index.js',
    `import { apiVersion, definePlugin } from '@anyformer/core';\nexport default definePlugin({ name: 'harmony', apiVersion });\n`,
  );
  t.is((await loadPlugin('@me/harmony', [path.join(folder, 'configs')])).name, 'harmony');
});

test('unknown plug-ins: near names, and what was tried', async (t) => {
  written('melody.ts', pluginSource);
  written('node_modules/anyformer-birds/package.json', '{}');
  const file = await t.throwsAsync(loadPlugin('./melodi.ts', [folder]), { message: /did you mean '\.\/melody\.ts'/i });
  t.true(file!.message.includes(path.join(folder, 'melodi.ts')));
  const name = await t.throwsAsync(loadPlugin('anyformer-bird', [folder]), { message: /Did you mean 'anyformer-birds'/ });
  t.true(name!.message.includes(path.join(folder, 'node_modules')));
  t.like(name, { code: 'plugin/unknown', exit: 2 });
});

test('what is no plug-in, what is broken, and what was written for another version', async (t) => {
  written('nothing.ts', 'export const x = 1;\n');
  written('other.ts', 'export default { name: "other" };\n');
  written('syntax.ts', 'const a = 1;\nexport default {{;\n');
  written('needs.ts', `import 'not-installed-anywhere';\nexport default 1;\n`);
  written('throws.ts', 'throw new Error("no luck today");\n');
  written('old.ts', `import { definePlugin } from '@anyformer/core';\nexport default definePlugin({ name: 'old', apiVersion: 0 });\n`);
  written('new.ts', `import { definePlugin } from '@anyformer/core';\nexport default definePlugin({ name: 'new', apiVersion: 99 });\n`);
  const fails = async (name: string, message: RegExp): Promise<void> => {
    const error = await t.throwsAsync(loadPlugin(`./${name}.ts`, [folder]), { message });
    t.is((error as Error & { exit: number }).exit, 2);
  };
  await fails('nothing', /no default export; accepted: export default definePlugin/);
  await fails('other', /default export that is not a plug-in/);
  await fails('syntax', /failed while it was loaded: .*syntax\.ts.*\(2:/);
  await fails('needs', /failed while it was loaded: .*'not-installed-anywhere'/);
  await fails('throws', /no luck today/);
  await fails('old', /written for version 0 .*; accepted: version 1\. Install a newer version of the plug-in/);
  await fails('new', /written for version 99 .*Install a newer anyformer/);
});

const kind = (name: string): NonNullable<Plugin['modalities']>[number] => ({
  kind: name,
  options: z.strictObject({}),
  create: () => {
    throw new Error('not for real');
  },
});

test('bind is the body of a container module; what it binds counts as the plug-in’s', async (t) => {
  const plugins = new Plugins();
  const plugin = definePlugin({
    name: 'binding',
    apiVersion,
    modalities: [kind('plain')],
    bind: ({ bind }) => {
      bind(Symbol.for('pitch')).toConstantValue('a');
      bind(MODALITY_KIND).toResolvedValue((pitch: string) => kind(`bound-${pitch}`), [Symbol.for('pitch')]);
    },
  });
  await plugins.add(definePlugin({ name: 'first', apiVersion, modalities: [kind('first')] }));
  await plugins.add(plugin);
  await plugins.add(plugin);
  t.deepEqual(
    plugins.list().map(({ name, modalities }) => [name, modalities?.map((one) => one.kind)]),
    [
      ['first', ['first']],
      ['binding', ['plain', 'bound-a']],
    ],
  );
  t.false(plugins.container.isBound(TASK_KIND));
});

test('two kinds with one name are an error that names both plug-ins', async (t) => {
  const plugins = new Plugins();
  await plugins.add(definePlugin({ name: 'one', apiVersion, modalities: [kind('same')] }));
  await plugins.add(definePlugin({ name: 'two', apiVersion, modalities: [kind('same')] }));
  t.throws(() => new Registry(plugins.list()), { message: /'two'.*'same'.*'one'/ });
});

test('the built-in plug-ins are there, and naming one again adds nothing', async (t) => {
  const plugins = await gatherPlugins([{ name: '@anyformer/vision', folders: [folder] }]);
  t.deepEqual(
    plugins.list().map(({ name }) => name),
    ['@anyformer/text', '@anyformer/vision', '@anyformer/graph'],
  );
  t.notThrows(() => new Registry(plugins.list()));
});
