import { specialTokens } from './text-codec.js';

/** What BPE joins: the characters of words, or the bytes of UTF-8. */
export type BpeLevel = 'word' | 'byte';

/** Punctuation as Hugging Face's `Punctuation` sees it: ASCII's, and Unicode's class P. */
const punctuation = '[!-/:-@\\[-`{-~\\p{P}]';

/** Whitespace as Unicode and the native library see it; JavaScript's `\s` has U+FEFF and lacks U+0085. */
export const whitespace = '\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000';

/** GPT-2's pattern: contractions, letters, digits, other signs, each with the space before; whitespace. */
export const gpt2Words = `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^${whitespace}\\p{L}\\p{N}]+|[${whitespace}]+(?![^${whitespace}])|[${whitespace}]+`;

/**
 * Before BPE and after it, as a `tokenizer.json` says it.
 *
 * `word`: where a word begins is a piece's first character `▁`; punctuation stands alone, character by character. The native and the
 * JavaScript library disagree about `Metaspace` (only one splits) and `Punctuation` (only one isolates each character); about `Split` they
 * agree.
 *
 * `byte`: pieces of UTF-8 bytes (Radford et al. 2019, section 2.2): every string has ids and comes back as it was.
 */
export const bpeLevels: Readonly<
  Record<BpeLevel, { readonly normalizer: unknown; readonly pre_tokenizer: unknown; readonly decoder: unknown }>
> = {
  word: {
    normalizer: { type: 'NFC' },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
        { type: 'Split', pattern: { Regex: '▁[^▁]*' }, behavior: 'Isolated', invert: false },
        { type: 'Split', pattern: { Regex: punctuation }, behavior: 'Isolated', invert: false },
      ],
    },
    decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
  },
  byte: {
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: gpt2Words }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
  },
};

/** The printable characters that stand for the 256 bytes in GPT-2's vocabularies, in the order of their code points. */
export const byteAlphabet = (): string[] => {
  const printable = (byte: number): boolean => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => (printable(byte) ? byte : next++))
    .sort((a, b) => a - b)
    .map((point) => String.fromCodePoint(point));
};

/** The level of a parsed `tokenizer.json` that was trained here, or `undefined` for anybody else's. */
export const ownLevel = (json: object): BpeLevel | undefined => {
  const { normalizer, pre_tokenizer, decoder, added_tokens: added } = json as Readonly<Record<string, unknown>>;
  if (!Array.isArray(added) || specialTokens.some((token, id) => added[id]?.content !== token || added[id]?.id !== id)) return undefined;
  const given = JSON.stringify({ normalizer, pre_tokenizer, decoder });
  return (['word', 'byte'] as const).find((level) => JSON.stringify(bpeLevels[level]) === given);
};
