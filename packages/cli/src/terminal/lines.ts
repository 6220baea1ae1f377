import { AnyformerError } from '@anyformer/core';

/**
 * Lines of a stream of bytes, without their ends (`\n` or `\r\n`, nothing else: a line separator inside a sentence stays in it). A last
 * line without an end counts. Bytes that are not UTF-8 are an error that names the line.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, who: string): AsyncGenerator<string> {
  let held: Uint8Array[] = [];
  let number = 0;
  const line = (): string => {
    number++;
    const bytes = Buffer.concat(held);
    held = [];
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: number > 1 }).decode(bytes);
      return text.endsWith('\r') ? text.slice(0, -1) : text;
    } catch {
      throw new AnyformerError({
        code: 'input/not-utf-8',
        who: `${who}, line ${number}`,
        given: 'bytes that are not UTF-8',
        accepted: 'UTF-8',
        fix: 'Convert it first, for example with iconv.',
        exit: 2,
      });
    }
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      held.push(chunk.subarray(start, end));
      start = end + 1;
      yield line();
    }
    if (start < chunk.length) held.push(chunk.subarray(start));
  }
  if (held.length > 0) yield line();
}

/** Standard input as lines. Nothing is read before the first is asked for; an abort ends them. */
export async function* inputLines(signal: AbortSignal): AsyncGenerator<string> {
  const { stdin } = process;
  const stop = (): void => void stdin.destroy();
  if (signal.aborted) return;
  signal.addEventListener('abort', stop, { once: true });
  try {
    yield* linesOf(stdin as AsyncIterable<Uint8Array>, 'stdin');
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    stdin.destroy();
  }
}
