import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { AnyformerError } from '@anyformer/engine';
import { z } from 'zod';

/** Files of a folder by their relative path, with forward slashes. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** What a file is to hold: its bytes, or pieces of them that are made while it is written. */
export type Content = Uint8Array | AsyncIterable<Uint8Array>;

/** Files to write, by the same paths. */
export type NewFiles = ReadonlyMap<string, Content>;

/** Holds size and SHA-256 of every other file. */
const manifestName = 'manifest.json';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Of a file that is not held: read in pieces, into the same memory. */
const sha256OfFile = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  const piece = new Uint8Array(2 ** 20);
  const handle = await open(file);
  try {
    for (;;) {
      const { bytesRead } = await handle.read(piece);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(piece.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
};

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  // Some systems cannot sync a folder; the rename is atomic there all the same.
  await handle.sync().catch(() => undefined);
  await handle.close();
};

/**
 * Makes a folder and those above it, unless they are there. Not by mkdir's own `recursive`: in Node 20 to 24 that never returns where a
 * folder refuses new ones as if it were not there itself, as `/proc` does.
 */
export const makeFolder = async (folder: string): Promise<void> => {
  const isThere = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  try {
    await mkdir(folder);
  } catch (error) {
    if (await isThere(folder)) return;
    const above = path.dirname(folder);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || above === folder || (await isThere(above))) throw error;
    await makeFolder(above);
    await makeFolder(folder);
  }
};

/** What the manifest says of a file. */
interface Listed {
  readonly bytes: number;
  readonly sha256: string;
}

/** Writes and syncs a file, holding one piece of it at a time, and says what it wrote. */
const writeSynced = async (file: string, content: Content): Promise<Listed> => {
  const hash = createHash('sha256');
  let bytes = 0;
  const handle = await open(file, 'w');
  try {
    for await (const piece of content instanceof Uint8Array ? [content] : content) {
      hash.update(piece);
      bytes += piece.length;
      // The system may take less than it is given, and takes at most 2 GiB.
      for (let at = 0; at < piece.length; ) at += (await handle.write(piece, at, Math.min(piece.length - at, 2 ** 30))).bytesWritten;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { bytes, sha256: hash.digest('hex') };
};

const cannotWrite = (target: string, cause: unknown): AnyformerError => {
  // What makes the pieces has its own to say.
  if (cause instanceof AnyformerError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  return new AnyformerError({
    code: 'checkpoint/write',
    who: target,
    given: code === 'ENOSPC' ? 'no space left on the disk' : message,
    fix: 'What was there before is untouched. Make room or choose another folder, then go on with --resume.',
    cause,
  });
};

/** Prefix of what is being written or thrown away; never read, and swept at the next start. */
const scratch = '.tmp-';

/** Writes one file beside its place and renames it there: readers see the old or the new, never a part. */
export const writeFileWhole = async (file: string, content: string | Uint8Array): Promise<void> => {
  const beside = path.join(path.dirname(file), `${scratch}${path.basename(file)}-${randomBytes(4).toString('hex')}`);
  try {
    await writeSynced(beside, typeof content === 'string' ? new TextEncoder().encode(content) : content);
    await rename(beside, file);
    await syncFolder(path.dirname(file));
  } catch (error) {
    await rm(beside, { force: true });
    throw cannotWrite(file, error);
  }
};

/** Throws a folder away at once: it is renamed first, so that nobody finds half of it. */
export const removeFolder = async (folder: string): Promise<void> => {
  const away = path.join(path.dirname(folder), `${scratch}${path.basename(folder)}-${randomBytes(4).toString('hex')}`);
  await rename(folder, away);
  await rm(away, { recursive: true, force: true });
};

/** Removes what killed writers have left in a folder. */
export const sweep = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder).catch(() => []))
    if (name.startsWith(scratch)) await rm(path.join(folder, name), { recursive: true, force: true });
};

/** Writes a whole folder with a manifest, synced, beside its place, and renames it there; one that stood there is replaced. */
export const writeFolder = async (folder: string, files: NewFiles): Promise<void> => {
  const parent = path.dirname(folder);
  const beside = path.join(parent, `${scratch}${path.basename(folder)}-${randomBytes(4).toString('hex')}`);
  const manifest: Record<string, Listed> = {};
  try {
    await makeFolder(beside);
    for (const [name, content] of files) {
      const file = path.join(beside, name);
      await makeFolder(path.dirname(file));
      manifest[name] = await writeSynced(file, content);
    }
    await writeSynced(path.join(beside, manifestName), new TextEncoder().encode(`${JSON.stringify({ files: manifest }, null, 2)}\n`));
    await syncFolder(beside);
    if (await stat(folder).catch(() => undefined)) await removeFolder(folder);
    await rename(beside, folder);
    await syncFolder(parent);
  } catch (error) {
    await rm(beside, { recursive: true, force: true }).catch(() => undefined);
    throw cannotWrite(folder, error);
  }
};

const damaged = (file: string, given: string): AnyformerError =>
  new AnyformerError({
    code: 'checkpoint/corrupt',
    who: file,
    given,
    accepted: 'the file as it was written',
    fix: 'Use another checkpoint of the run, or copy this one again.',
  });

const manifestShape = z.object({ files: z.record(z.string(), z.object({ bytes: z.number(), sha256: z.string() })) });

/** What a run's checkpoint has and a model that came from elsewhere has not. */
const written = 'state.json';

/**
 * Reads a folder and holds each file against the manifest; what the manifest does not list is not looked at. A folder from elsewhere needs
 * none, a checkpoint does. Files that are to be left where they are are held against it as well, and only named: they may be larger than
 * the memory.
 */
export const readFolderBut = async (
  leave: (name: string) => boolean,
  folder: string,
): Promise<{ readonly files: Map<string, Uint8Array>; readonly left: ReadonlySet<string> }> => {
  const files = new Map<string, Uint8Array>();
  const sizes = new Map<string, number>();
  for (const found of await readdir(folder, { recursive: true })) {
    const file = path.join(folder, found);
    const looked = await stat(file);
    if (!looked.isFile()) continue;
    const name = found.split(path.sep).join('/');
    if (leave(name)) sizes.set(name, looked.size);
    else files.set(name, await readFile(file));
  }
  const manifest = files.get(manifestName);
  if (manifest === undefined) {
    if (files.has(written)) throw damaged(path.join(folder, manifestName), 'no such file');
    return { files, left: new Set(sizes.keys()) };
  }
  const { files: listed } = jsonOf(path.join(folder, manifestName), manifest, manifestShape);
  for (const held of [files, sizes])
    for (const name of held.keys()) if (name !== manifestName && !Object.hasOwn(listed, name)) held.delete(name);
  for (const [name, { bytes, sha256: expected }] of Object.entries(listed)) {
    const held = files.get(name);
    const size = held?.length ?? sizes.get(name);
    const file = path.join(folder, name);
    if (size === undefined) throw damaged(file, 'no such file');
    if (size !== bytes) throw damaged(file, `${size} bytes in place of ${bytes}`);
    if ((held ? sha256(held) : await sha256OfFile(file)) !== expected) throw damaged(file, 'other bytes than were written');
  }
  return { files, left: new Set(sizes.keys()) };
};

/** {@link readFolderBut} nothing. */
export const readFolder = async (folder: string): Promise<Map<string, Uint8Array>> => (await readFolderBut(() => false, folder)).files;

/** Parses a JSON file of a checkpoint or run. Fails with `checkpoint/corrupt` where it is not what the schema says. */
export const jsonOf = <T>(file: string, bytes: Uint8Array, shape: z.ZodType<T>): T => {
  let held: unknown;
  try {
    held = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw damaged(file, 'no readable JSON');
  }
  const parsed = shape.safeParse(held);
  if (parsed.success) return parsed.data;
  const { path: at, message } = parsed.error.issues[0]!;
  throw damaged(file, at.length > 0 ? `${at.join('.')}: ${message}` : message);
};
