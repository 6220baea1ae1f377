import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder, type NewFiles, removeFolder, sweep, writeFileWhole, writeFolder } from './folder.js';

const folderOf = (step: number): string => `step-${String(step).padStart(6, '0')}`;
const stepOf = (name: string): number | undefined => {
  const digits = /^step-(\d+)$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
};

/** The checkpoints of a run: `step-000100/` and the pointers `latest` and `best`, small files that hold a folder's name. */
export class CheckpointStore {
  readonly folder: string;
  readonly #keep: number;

  constructor(folder: string, keep: number) {
    this.folder = folder;
    this.#keep = keep;
  }

  /** Makes the folder and clears what killed writers have left. */
  async open(): Promise<void> {
    await makeFolder(this.folder);
    await sweep(this.folder);
  }

  /** Steps with a whole checkpoint, rising. */
  async steps(): Promise<number[]> {
    const names = await readdir(this.folder).catch(() => []);
    return names.flatMap((name) => stepOf(name) ?? []).sort((a, b) => a - b);
  }

  /** Stores a checkpoint, moves the pointers, and drops all but the last few and the best. Returns its folder. */
  async save(step: number, files: NewFiles, best: boolean): Promise<string> {
    const name = folderOf(step);
    const folder = path.join(this.folder, name);
    await writeFolder(folder, files);
    await writeFileWhole(path.join(this.folder, 'latest'), `${name}\n`);
    if (best) await writeFileWhole(path.join(this.folder, 'best'), `${name}\n`);
    const pinned = new Set([name, await this.#pointed('best')]);
    const old = (await this.steps()).map(folderOf).filter((one) => !pinned.has(one));
    for (const one of old.slice(0, Math.max(0, old.length + 1 - this.#keep))) await removeFolder(path.join(this.folder, one));
    return folder;
  }

  async #pointed(pointer: 'latest' | 'best'): Promise<string | undefined> {
    const name = await readFile(path.join(this.folder, pointer), 'utf8').then(
      (held) => held.trim(),
      () => undefined,
    );
    if (name === undefined || stepOf(name) === undefined) return undefined;
    return (await stat(path.join(this.folder, name)).catch(() => undefined)) ? name : undefined;
  }

  /** Folder of the last whole checkpoint: the pointer's, unless a kill came between a checkpoint and its pointer. */
  async latest(): Promise<string | undefined> {
    const last = (await this.steps()).at(-1);
    return last === undefined ? undefined : path.join(this.folder, folderOf(last));
  }

  /** Folder of the best checkpoint, else of the last one. */
  async best(): Promise<string | undefined> {
    const name = await this.#pointed('best');
    return name === undefined ? this.latest() : path.join(this.folder, name);
  }
}
