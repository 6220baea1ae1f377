import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the repository, seen from the compiled tests in test/dist. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

export interface SourceFile {
  /** Package folder name, such as `core`. */
  readonly pkg: string;
  /** Path from the repository's folder, with forward slashes. */
  readonly name: string;
  readonly text: string;
  /** The text without comments. */
  readonly code: string;
}

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|(?<![:'"`])\/\/[^\n]*/g, '');

/** Every TypeScript source of the packages; tests only when asked for. */
export const sourceFiles = ({ tests = false } = {}): SourceFile[] =>
  readdirSync(path.join(root, 'packages')).flatMap((pkg) =>
    readdirSync(path.join(root, 'packages', pkg, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && (tests || !/\.test\.ts$|test-support/.test(file)))
      .map((file) => {
        const name = `packages/${pkg}/src/${file.split(path.sep).join('/')}`;
        const text = readFileSync(path.join(root, name), 'utf8');
        return { pkg, name, text, code: withoutComments(text) };
      }),
  );
