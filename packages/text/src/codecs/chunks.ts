import { whitespace } from './bpe-level.js';

/** Whitespace that is not one space between two words. */
const odd = new RegExp(`^ | $| {2}|[${whitespace.replace(' ', '')}]`, 'u');

/**
 * A line cut before each space: both levels of {@link bpeLevels} treat the chunks one by one as they treat the line. A line with other
 * whitespace stays whole.
 */
export const chunksOf = (line: string): string[] =>
  odd.test(line) ? [line] : line.split(' ').map((word, i) => (i === 0 ? word : ` ${word}`));

/** Chunks whose ids are remembered. */
const remembered = 100_000;

/** The same ids, chunk by chunk from memory. Lines that hold one of `foreign` are left to the whole tokenizer. */
export const chunkByChunk = (encode: (line: string) => number[], foreign: readonly string[]): ((line: string) => number[]) => {
  const known = new Map<string, readonly number[]>();
  return (line) => {
    const chunks = chunksOf(line);
    if (chunks.length === 1 || foreign.some((one) => line.includes(one))) return encode(line);
    const ids: number[] = [];
    for (const chunk of chunks) {
      let own = known.get(chunk);
      if (own === undefined) {
        own = encode(chunk);
        if (known.size >= remembered) known.clear();
        known.set(chunk, own);
      }
      for (const id of own) ids.push(id);
    }
    return ids;
  };
};
