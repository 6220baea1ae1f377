import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

/** A manifest that says nothing of a file. */
export class ManifestError extends Error {}

const folder = new URL('../../prebuilt/', import.meta.url);

/**
 * A file of `prebuilt`, by its path there, and its bytes. Throws where it is missing, or not what the manifest says was built: half a library
 * ends the process, and a module with one bit changed computes something else.
 */
export function prebuiltFile(file: string): { readonly url: URL; readonly bytes: Uint8Array<ArrayBuffer> } {
  const url = new URL(file, folder);
  const name = file.split('/').at(-1);
  if (!existsSync(url)) throw new Error(`${name} is missing`);
  const bytes = plainFile(file);
  if (createHash('sha256').update(bytes).digest('hex') !== builtHash(file)) throw new Error(`${name} is not what was built`);
  return { url, bytes };
}

/** The bytes of a file of `prebuilt`, whatever they are. */
export const plainFile = (file: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(new URL(file, folder)));

/** The hash of a file in the manifest. */
function builtHash(file: string): unknown {
  let written: unknown;
  try {
    written = JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8'));
  } catch (error) {
    throw new ManifestError(`prebuilt/manifest.json cannot be read (${(error as Error).message.split('\n')[0]})`);
  }
  const hash = (written as { binaries?: Record<string, unknown> | null } | null)?.binaries?.[file];
  if (hash === undefined) throw new ManifestError(`prebuilt/manifest.json does not name ${file}`);
  return hash;
}
