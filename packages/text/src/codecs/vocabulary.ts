import { AnyformerError, nearest } from '@anyformer/engine';
import { ownSpecials, specialTokens, type TextCodec } from './text-codec.js';

/** How a string falls into pieces, and how pieces make a string. */
interface Splitting {
  split(text: string): string[];
  join(pieces: readonly string[]): string;
}

const splittings: Readonly<Record<'characters' | 'words', Splitting>> = {
  characters: { split: (text) => Array.from(text), join: (pieces) => pieces.join('') },
  words: { split: (text) => text.split(/\s+/u).filter((word) => word !== ''), join: (pieces) => pieces.join(' ') },
};

const fileName = 'vocabulary.json';
const { pad, start, end, unknown } = ownSpecials;
const offset = specialTokens.length;

/** One id per character or whitespace-separated word; what training has not seen is the unknown id. */
export const vocabularyCodec = (kind: 'characters' | 'words', pieces: readonly string[]): TextCodec => {
  const { split, join } = splittings[kind];
  const ids = new Map(pieces.map((piece, i) => [piece, i + offset]));
  return {
    kind,
    size: pieces.length + offset,
    specials: ownSpecials,
    encode: (text) => split(text).map((piece) => ids.get(piece) ?? unknown!),
    decode: (list) => join(list.filter((id) => id !== pad && id !== start && id !== end).map((id) => pieces[id - offset] ?? '\uFFFD')),
    pieces: (list) => list.map((id) => pieces[id - offset] ?? specialTokens[id] ?? '?'),
    files: () => ({ [fileName]: `${JSON.stringify({ kind, pieces })}\n` }),
  };
};

/** The characters or words of some lines, most frequent first, at most `vocabulary` with the special tokens. */
export const trainVocabulary = async (
  kind: 'characters' | 'words',
  lines: AsyncIterable<string> | Iterable<string>,
  vocabulary = Number.POSITIVE_INFINITY,
): Promise<TextCodec> => {
  const counts = new Map<string, number>();
  for await (const line of lines) for (const piece of splittings[kind].split(line)) counts.set(piece, (counts.get(piece) ?? 0) + 1);
  if (counts.size === 0)
    throw new AnyformerError({
      code: 'codec/empty-corpus',
      who: `Training ${kind}`,
      given: 'no text',
      accepted: 'at least one line',
      exit: 2,
    });
  const ranked = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([piece]) => piece);
  return vocabularyCodec(kind, ranked.slice(0, Math.max(1, vocabulary - offset)));
};

/** UTF-8 bytes as ids. Every string comes back as it was; half a surrogate pair becomes U+FFFD, as in UTF-8. */
export const byteCodec = (): TextCodec => ({
  kind: 'bytes',
  size: 256 + offset,
  specials: { pad, start, end },
  encode: (text) => Array.from(new TextEncoder().encode(text), (byte) => byte + offset),
  decode: (list) =>
    new TextDecoder('utf-8', { ignoreBOM: true }).decode(
      Uint8Array.from(
        list.filter((id) => id >= offset),
        (id) => id - offset,
      ),
    ),
  pieces: (list) =>
    list.map(
      (id) =>
        specialTokens[id] ??
        (id - offset >= 33 && id - offset <= 126 ? String.fromCharCode(id - offset) : (id - offset).toString(16).padStart(2, '0')),
    ),
  files: () => ({ [fileName]: `${JSON.stringify({ kind: 'bytes' })}\n` }),
});

const kinds = ['characters', 'words', 'bytes'];

/** A codec from what {@link vocabularyCodec} or {@link byteCodec} stored. Fails with `codec/vocabulary` where the text is none of theirs. */
export const parseVocabulary = (text: string): TextCodec => {
  let given = 'no readable vocabulary';
  let fix: string | undefined;
  try {
    const { kind, pieces } = JSON.parse(text) as { kind: unknown; pieces?: unknown };
    if (kind === 'bytes') return byteCodec();
    const whole = Array.isArray(pieces) && pieces.every((piece) => typeof piece === 'string');
    if ((kind === 'characters' || kind === 'words') && whole) return vocabularyCodec(kind, pieces);
    if (typeof kind === 'string' && !kinds.includes(kind)) {
      given = `the kind '${kind}'`;
      const near = nearest(kind, kinds);
      if (near) fix = `Did you mean '${near}'?`;
    }
  } catch {
    // told below
  }
  throw new AnyformerError({
    code: 'codec/vocabulary',
    who: fileName,
    given,
    accepted: `the file as it was written, of the kind ${kinds.join(', ')}`,
    fix,
    exit: 2,
  });
};
