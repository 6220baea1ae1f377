import { readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { AnyformerError } from '@anyformer/engine';
import type { ParameterValues } from '../parameters/store.js';
import { corrupt, storedTensors } from './safetensors.js';

/** A safetensors file that stays open, so that its tensors can be read one by one, even when it has been removed meanwhile. */
export class SafetensorsFile {
  /** Its tensors by name; values are read from the disk each time that they are asked for, until {@link close}. */
  readonly tensors: ReadonlyMap<string, ParameterValues>;
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle, file: string, size: number) {
    this.#handle = handle;
    this.tensors = storedTensors({ file, size, read: (from, to) => this.#read(file, from, to) });
  }

  /** Opens a file and looks at its header. Throws `checkpoint/corrupt`. */
  static async open(file: string): Promise<SafetensorsFile> {
    const handle = await open(file);
    try {
      return new SafetensorsFile(handle, file, (await handle.stat()).size);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  #read(file: string, from: number, to: number): Uint8Array<ArrayBuffer> {
    const { fd } = this.#handle;
    if (fd < 0)
      throw new AnyformerError({ code: 'checkpoint/closed', who: file, given: 'values asked for after close', accepted: 'reading before' });
    const bytes = new Uint8Array(to - from);
    for (let at = 0; at < bytes.length; ) {
      // In pieces: one call of the system gives at most 2 GiB.
      const count = readSync(fd, bytes, at, Math.min(bytes.length - at, 2 ** 30), from + at);
      if (count === 0) throw corrupt(file, `an end at byte ${from + at}: it was cut while it was read`);
      at += count;
    }
    return bytes;
  }

  /** Closes the file; again is fine. */
  close(): Promise<void> {
    return this.#handle.close();
  }
}
