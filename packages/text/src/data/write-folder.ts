import { randomBytes } from 'node:crypto';
import { readdir, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { AnyformerError, makeFolder } from '@anyformer/core';

const cannot = (target: string, cause: unknown): AnyformerError => {
  const { code, message } = cause as NodeJS.ErrnoException;
  const given = code === 'ENOSPC' ? 'no space left on the disk' : message;
  return new AnyformerError({ code: 'data/write', who: target, given, fix: 'Nothing was left half-written.', cause });
};

/**
 * Fills a new folder: `fill` writes into one beside it, which is renamed when all is there. A folder that holds something already is an
 * error; one that fails leaves nothing.
 */
export const writeNewFolder = async (target: string, fill: (folder: string) => Promise<void>): Promise<void> => {
  const held = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw cannot(target, error);
  });
  if (held !== undefined && held.length > 0)
    throw new AnyformerError({
      code: 'data/exists',
      who: target,
      given: 'a folder that is not empty',
      accepted: 'a new folder',
      fix: 'Remove it, or choose another with --to.',
      exit: 2,
    });
  const beside = path.join(path.dirname(path.resolve(target)), `.tmp-${path.basename(target)}-${randomBytes(4).toString('hex')}`);
  try {
    await makeFolder(beside);
    await fill(beside);
    if (held !== undefined) await rmdir(target);
    await rename(beside, target);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    throw error instanceof AnyformerError ? error : cannot(target, error);
  }
};
