import path from 'node:path';
import test from 'ava';
import ts from 'typescript';
import { root } from './source-files.js';

const packages = ['engine', 'core', 'testing', 'text', 'vision', 'graph'];

for (const pkg of packages) {
  test(`every public export of ${pkg} is documented`, (t) => {
    const index = path.join(root, 'packages', pkg, 'dist/index.d.ts');
    const program = ts.createProgram([index], { module: ts.ModuleKind.NodeNext, skipLibCheck: true, noLib: true, types: [] });
    const checker = program.getTypeChecker();
    const file = program.getSourceFile(index);
    t.truthy(file, 'the package is built');
    const bare = checker
      .getExportsOfModule(checker.getSymbolAtLocation(file!)!)
      .map((symbol) =>
        symbol.flags & ts.SymbolFlags.Alias
          ? { name: symbol.name, symbol: checker.getAliasedSymbol(symbol) }
          : { name: symbol.name, symbol },
      )
      // `tf` is another library's namespace; the default export is the plug-in.
      .filter(({ name, symbol }) => name !== 'tf' && name !== 'default' && symbol.getDocumentationComment(checker).length === 0)
      .filter(({ symbol }) => symbol.declarations?.some((declaration) => declaration.getSourceFile().fileName.includes('/packages/')))
      .map(({ name }) => name);
    t.deepEqual(bare, []);
  });
}
