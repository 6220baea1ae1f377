import { createReadStream, createWriteStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { AnyformerError } from '@anyformer/core';
import { extract } from 'tar-stream';
import { writeNewFolder } from './write-folder.js';

const wanted = /^(train|val|test_[a-z0-9_]+)\.(de|en|fr|cs)(\.gz)?$/;

const damaged = (archive: string, cause: unknown): AnyformerError => {
  const { code, message } = cause as NodeJS.ErrnoException;
  const missing = code === 'ENOENT';
  return new AnyformerError({
    code: missing ? 'data/no-file' : 'data/archive',
    who: archive,
    given: missing ? 'no such file' : message,
    accepted: 'a whole .tar or .tar.gz with the files of Multi30k',
    fix: 'Check the path, or get the archive again.',
    exit: 2,
    cause,
  });
};

/** Writes the texts among the entries of an archive into a folder, unpacked; gives their names. */
const unpack = async (archive: string, folder: string): Promise<string[]> => {
  const names: string[] = [];
  const entries = extract();
  const read = createReadStream(archive);
  const reading = /\.t?gz$/.test(archive) ? pipeline(read, createGunzip(), entries) : pipeline(read, entries);
  const writing = async (): Promise<void> => {
    for await (const entry of entries) {
      const name = path.posix.basename(entry.header.name);
      if (entry.header.type !== 'file' || !wanted.test(name)) {
        entry.resume();
        continue;
      }
      const plain = name.replace(/\.gz$/, '');
      const file = createWriteStream(path.join(folder, plain));
      await (plain === name ? pipeline(entry, file) : pipeline(entry, createGunzip(), file));
      names.push(plain);
    }
  };
  await Promise.all([reading, writing()]);
  return names.sort();
};

/**
 * Unpacks the text of Multi30k (Elliott et al. 2016) from a tar archive, packed or not, into a new folder: `train.de`, `val.en`,
 * `test_2016_flickr.de` and so on. Gives the names.
 */
export const unpackMulti30k = async (archive: string, folder: string): Promise<string[]> => {
  let names: string[] = [];
  await writeNewFolder(folder, async (into) => {
    names = await unpack(archive, into).catch((error) => {
      throw damaged(archive, error);
    });
    if (!names.includes('train.de') || !names.includes('train.en'))
      throw damaged(archive, new Error(`no train.de and train.en among ${names.length} files of text`));
  });
  return names;
};
