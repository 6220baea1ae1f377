import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transform } from 'sucrase';

/** Scheme of the specifiers by which plug-ins are imported from somebody else's folder: see {@link pluginSpecifier}. */
const scheme = 'anyformer-plugin:';

/** A specifier that resolves as if it were imported by a file in `folder` (a URL that ends with a slash). */
export const pluginSpecifier = (specifier: string, folder: string): string => `${scheme}${encodeURIComponent(specifier)}#${folder}`;

/** What to try, in this order, for a specifier that a module at `parent` imports. */
export interface Attempt {
  readonly specifier: string;
  readonly parent: string | undefined;
}

const isFile = (url: URL): boolean => statSync(url, { throwIfNoEntry: false })?.isFile() ?? false;

/** `./x.js`, `./x.mjs` or `./x` where only `./x.ts` or `./x.mts` is there. */
const typescriptOf = (specifier: string, parent: string): string | undefined => {
  const found = new URL(specifier, parent);
  if (found.protocol !== 'file:' || isFile(found)) return undefined;
  const { href } = found;
  const candidates = [href.replace(/\.(m?)js$/, '.$1ts'), `${href}.ts`, `${href}/index.ts`];
  return candidates.find((candidate) => candidate !== href && isFile(new URL(candidate)));
};

/**
 * The packages of this project always come from here, so that there is one core and one tfjs whoever imports them; what a plug-in's own
 * folder cannot find is looked up here too.
 */
export const attempts = (specifier: string, parent: string | undefined): Attempt[] => {
  const here = import.meta.url;
  if (specifier.startsWith(scheme)) {
    const [name, folder] = specifier.slice(scheme.length).split('#') as [string, string];
    return [{ specifier: decodeURIComponent(name), parent: folder }];
  }
  if (/^@anyformer\//.test(specifier)) return [{ specifier, parent: here }];
  if (/^(node|data|file|https?):/.test(specifier)) return [{ specifier, parent }];
  if (/^\.{0,2}\//.test(specifier)) {
    const found = parent === undefined ? undefined : typescriptOf(specifier, parent);
    return [{ specifier: found ?? specifier, parent }];
  }
  return [
    { specifier, parent },
    { specifier, parent: here },
  ];
};

/** Whether a module is TypeScript that we read ourselves. */
export const isTypescript = (url: string): boolean => url.startsWith('file:') && /\.m?ts(?:[?#]|$)/.test(url);

/** A TypeScript file as JavaScript, line by line where it was. Types are taken out, not checked. */
export const javascriptOf = (url: string): string => {
  const filePath = fileURLToPath(url);
  return transform(readFileSync(filePath, 'utf8'), {
    transforms: ['typescript'],
    disableESTransforms: true,
    preserveDynamicImport: true,
    filePath,
  }).code;
};
