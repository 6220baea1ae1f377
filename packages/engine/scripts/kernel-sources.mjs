// What the kernels are built from: their files, the hash of them, and the table of commands that the addon offers.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Every source file under `native/`, as `src/gemm.c`, sorted. */
export const sourceFiles = (root) =>
  ['addon', 'src'].flatMap((folder) => readdirSync(path.join(root, folder)).map((name) => `${folder}/${name}`)).sort();

/** One hash over names and contents. */
export function sourceHash(root) {
  const hash = createHash('sha256');
  for (const name of sourceFiles(root)) hash.update(`${name}\n`).update(readFileSync(path.join(root, name)));
  return hash.digest('hex');
}

const converters = [
  [/\*/, (type) => `(${type})place`],
  [/^(?:int|int32_t)$/, () => 'whole'],
  [/^float$/, () => 'real'],
  [/^double$/, () => ''],
];

/** Functions that belong to the addon itself. */
const inner = /^pool_/;

/** A C file with one function of numbers for every exported kernel, and the table of them. */
export function commandTable(root) {
  const lines = ['#include "commands.h"'];
  const rows = [];
  for (const file of sourceFiles(root).filter((name) => name.startsWith('src/') && name.endsWith('.c'))) {
    const text = readFileSync(path.join(root, file), 'utf8');
    for (const [, result, name, list] of text.matchAll(/^EXPORT\s+(\w+)\s+(\w+)\(([^)]*)\)\s*\{/gm)) {
      if (inner.test(name)) continue;
      const parameters = list.trim() === 'void' ? [] : list.split(',').map((one) => one.trim().replace(/\s+/g, ' '));
      const types = parameters.map((one) => one.replace(/\b\w+$/, '').trim());
      const given = types.map((type, i) => {
        const converter = converters.find(([pattern]) => pattern.test(type));
        if (!converter) throw new Error(`${file}: ${name} has a parameter of type '${type}'`);
        return `${converter[1](type)}(a[${i}])`;
      });
      const answers = result === 'void' ? 'NOTHING' : types.some((type) => type.includes('*')) ? 'FROM_MEMORY' : 'FROM_NUMBERS';
      rows.push(`  {"${name}", run_${name}, ${answers}},`);
      const call = `${name}(${given.join(', ')})`;
      lines.push(`${result} ${name}(${types.join(', ') || 'void'});`);
      lines.push(
        `static double run_${name}(const double *a) { ${types.length ? '' : '(void)a; '}${result === 'void' ? `${call}; return 0;` : `return (double)${call};`} }`,
      );
    }
  }
  return [...lines, 'const command commands[] = {', ...rows.sort(), '  {0, 0, NOTHING},', '};', ''].join('\n');
}
