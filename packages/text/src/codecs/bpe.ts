import { AnyformerError } from '@anyformer/core';
import { Tokenizer } from '@huggingface/tokenizers';
import { trainBpe } from './bpe-trainer.js';
import { specialTokens, type TextCodec } from './text-codec.js';
import { tokenizerJsonCodec } from './tokenizer-json.js';

/** Punctuation as Hugging Face's `Punctuation` sees it: ASCII's, and Unicode's class P. */
const punctuation = '[!-/:-@\\[-`{-~\\p{P}]';

/**
 * Where a word begins is a piece's first character `▁`; punctuation stands alone, character by character. The native and the JavaScript
 * library disagree about `Metaspace` (only one splits) and `Punctuation` (only one isolates each character); about `Split` they agree.
 */
const wordBoundary = {
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
};

/** Pieces of UTF-8 bytes (Radford et al. 2019, section 2.2): every string has ids and comes back as it was. */
const byteLevel = {
  normalizer: null,
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
  decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
};

/** The printable characters that stand for the 256 bytes in GPT-2's vocabularies, in the order of their code points. */
export const byteAlphabet = (): string[] => {
  const printable = (byte: number): boolean => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => (printable(byte) ? byte : next++))
    .sort((a, b) => a - b)
    .map((point) => String.fromCodePoint(point));
};

/** What {@link trainBpeCodec} takes. */
export interface BpeOptions {
  /** Pieces in all, special tokens included. */
  readonly vocabulary: number;
  /** `word` keeps word boundaries (the usual choice for translation), `byte` works on bytes. */
  readonly level?: 'word' | 'byte';
  /** More special tokens, after pad, start, end and unknown. */
  readonly specials?: readonly string[];
}

const tokenizerJson = (
  level: 'word' | 'byte',
  specials: readonly string[],
  vocabulary: readonly string[],
  merges: readonly (readonly [string, string])[],
): unknown => ({
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: specials.map((content, id) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })),
  ...(level === 'byte' ? byteLevel : wordBoundary),
  post_processor: null,
  model: {
    type: 'BPE',
    dropout: null,
    unk_token: '<unk>',
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
    vocab: Object.fromEntries(vocabulary.map((piece, id) => [piece, id])),
    merges,
  },
});

/** Trains BPE on lines of text. The result is a `tokenizer.json` that Hugging Face tokenizers load too. */
export const trainBpeCodec = async (
  lines: AsyncIterable<string> | Iterable<string>,
  { vocabulary: size, level = 'word', specials: more = [] }: BpeOptions,
): Promise<TextCodec> => {
  const specials = [...specialTokens, ...more];
  const first = level === 'byte' ? [...specials, ...byteAlphabet()] : specials;
  const splitter = new Tokenizer(tokenizerJson(level, specials, first, []) as object, {});
  const words = new Map<string, number>();
  for await (const line of lines) {
    const normal = splitter.normalizer?.normalize(line) ?? line;
    for (const word of splitter.pre_tokenizer!.pre_tokenize_text(normal, {})) words.set(word, (words.get(word) ?? 0) + 1);
  }
  if (words.size === 0)
    throw new AnyformerError({
      code: 'codec/empty-corpus',
      who: 'Training BPE',
      given: 'no text',
      accepted: 'at least one line with a word',
      exit: 2,
    });
  const { vocabulary, merges } = trainBpe(words, { size, first });
  if (vocabulary.length > size)
    throw new AnyformerError({
      code: 'codec/vocabulary-too-small',
      who: 'Training BPE',
      given: `a vocabulary of ${size}`,
      accepted: `at least ${vocabulary.length}: ${specials.length} special tokens and every character of the text`,
      fix: 'Raise vocabulary, or use byte-bpe.',
      exit: 2,
    });
  return tokenizerJsonCodec(JSON.stringify(tokenizerJson(level, specials, vocabulary, merges)), {
    kind: level === 'byte' ? 'byte-bpe' : 'bpe',
    splitsAtSpaces: level === 'word',
  });
};

/** Whether a `tokenizer.json` is one of ours with word boundaries, so that its words can be encoded one by one. */
export const hasWordBoundaries = (tokenizerJson: string): boolean => {
  try {
    const { normalizer, pre_tokenizer: preTokenizer } = JSON.parse(tokenizerJson) as Record<string, unknown>;
    return JSON.stringify([normalizer, preTokenizer]) === JSON.stringify([wordBoundary.normalizer, wordBoundary.pre_tokenizer]);
  } catch {
    return false;
  }
};
