import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { AnyformerError } from '@anyformer/core';

/** A line of a file, without its end. */
export interface Line {
  readonly text: string;
  /** From 1 on. */
  readonly number: number;
}

const newline = 0x0a;

/** The error for a line that cannot be used: names file and line. */
export const badLine = (file: string, line: number, given: string, accepted: string, fix?: string): AnyformerError =>
  new AnyformerError({ code: 'data/bad-line', who: `${file}:${line}`, given, accepted, fix, exit: 2 });

const unreadable = (file: string, error: NodeJS.ErrnoException): AnyformerError => {
  if (error instanceof AnyformerError) return error;
  const missing = error.code === 'ENOENT';
  const packed = error.code?.startsWith('Z_');
  return new AnyformerError({
    code: missing ? 'data/no-file' : packed ? 'data/gzip' : 'data/unreadable',
    who: file,
    given: missing ? 'no such file' : packed ? `not a whole gzip file (${error.message})` : error.message,
    accepted: 'a text file in UTF-8, or its .gz',
    fix: missing ? 'Check the path.' : undefined,
    exit: 2,
    cause: error,
  });
};

/** The bytes of each line, whatever the chunks they come in. */
async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      const piece = chunk.subarray(from, end);
      yield held.length > 0 ? Buffer.concat([...held, piece]) : piece;
      held = [];
      from = end + 1;
    }
    if (from < chunk.length) held.push(chunk.subarray(from));
  }
  if (held.length > 0) yield Buffer.concat(held);
}

/**
 * The lines of a text file, or of its `.gz`, read as they are asked for. Carriage returns and a byte order mark are left out; bytes that
 * are no UTF-8 are an error (`data/bad-line`) that names file and line.
 */
export async function* linesOf(file: string): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const read = createReadStream(file, { highWaterMark: 1 << 18 });
  // The callback keeps a failure from being thrown twice: whoever iterates gets it.
  const chunks = file.endsWith('.gz') ? pipeline(read, createGunzip(), () => undefined) : read;
  let number = 0;
  try {
    for await (const bytes of splitLines(chunks)) {
      number += 1;
      let text: string;
      try {
        text = decoder.decode(bytes);
      } catch {
        throw badLine(file, number, 'bytes that are no UTF-8', 'UTF-8', 'Convert the file: iconv -f LATIN1 -t UTF-8.');
      }
      if (number === 1 && text.startsWith('\uFEFF')) text = text.slice(1);
      yield { text: text.endsWith('\r') ? text.slice(0, -1) : text, number };
    }
  } catch (error) {
    throw unreadable(file, error as NodeJS.ErrnoException);
  }
}
