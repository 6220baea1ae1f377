import { AnyformerError } from '@anyformer/core';
import { Tokenizer } from '@huggingface/tokenizers';
import { type BpeLevel, bpeLevels, byteAlphabet } from './bpe-level.js';
import { trainBpe } from './bpe-trainer.js';
import { chunksOf } from './chunks.js';
import { specialTokens, type TextCodec } from './text-codec.js';
import { tokenizerJsonCodec } from './tokenizer-json.js';

/** What {@link trainBpeCodec} takes. */
export interface BpeOptions {
  /** Pieces in all, special tokens included. */
  readonly vocabulary: number;
  /** `word` keeps word boundaries (the usual choice for translation), `byte` works on bytes. */
  readonly level?: BpeLevel;
  /** More special tokens, after pad, start, end and unknown: tags such as `<2de>`, which are found in texts. */
  readonly specials?: readonly string[];
}

const tokenizerJson = (
  level: BpeLevel,
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
  ...bpeLevels[level],
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

/**
 * Trains BPE on lines of text. The result is a `tokenizer.json` that Hugging Face tokenizers load too. Fails where there is no text
 * (`codec/empty-corpus`) and where the special tokens and characters alone are more than `vocabulary` (`codec/vocabulary-too-small`).
 */
export const trainBpeCodec = async (
  lines: AsyncIterable<string> | Iterable<string>,
  { vocabulary: size, level = 'word', specials: more = [] }: BpeOptions,
): Promise<TextCodec> => {
  const specials = [...new Set([...specialTokens, ...more])];
  const first = level === 'byte' ? [...specials, ...byteAlphabet()] : specials;
  const splitter = new Tokenizer(tokenizerJson(level, specials, first, []) as object, {});
  const chunks = new Map<string, number>();
  for await (const line of lines) for (const chunk of chunksOf(line)) chunks.set(chunk, (chunks.get(chunk) ?? 0) + 1);
  const words = new Map<string, number>();
  for (const [chunk, times] of chunks) {
    const normal = splitter.normalizer?.normalize(chunk) ?? chunk;
    for (const word of splitter.pre_tokenizer!.pre_tokenize_text(normal, {})) words.set(word, (words.get(word) ?? 0) + times);
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
  return tokenizerJsonCodec(JSON.stringify(tokenizerJson(level, specials, vocabulary, merges)));
};
