import { spawnSync } from 'node:child_process';
import test from 'ava';

test('many threads leave the streams of the process to others', (t) => {
  const index = new URL('../../index.js', import.meta.url).href;
  const code = `import { useEngine } from '${index}'; const { threads } = await useEngine({ engine: 'wasm', threads: 16 }); process.stdout.once('close', () => {}); console.log(threads);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8', timeout: 60_000 });
  t.deepEqual([stdout, stderr], ['16\n', '']);
});
