import type { Tokenizer } from '@huggingface/tokenizers';
import { whitespace } from './bpe-level.js';
import { type Charsmap, charsmapOf } from './charsmap.js';

/** What is reached of a normalizer of the library: its parts, its settings, and what it does. */
interface NormalizerPart {
  readonly config?: {
    readonly type?: string;
    readonly precompiled_charsmap?: string | null;
    readonly clean_text?: boolean;
    readonly handle_chinese_chars?: boolean;
    readonly lowercase?: boolean;
    readonly strip_accents?: boolean | null;
    readonly strip_left?: boolean;
    readonly strip_right?: boolean;
  };
  readonly normalizers?: readonly (NormalizerPart | null)[];
  normalize(text: string): string;
}

type Settings = NonNullable<NormalizerPart['config']>;

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
const bytesIn = new TextEncoder();

/** Graphemes of up to five bytes are looked up as a whole, others character by character. */
const withCharsmap =
  (replacement: Charsmap) =>
  (text: string): string => {
    let made = '';
    for (const { segment } of graphemes.segment(text)) {
      const whole = bytesIn.encode(segment).length < 6 ? replacement(segment) : undefined;
      if (whole !== undefined) made += whole;
      else for (const character of segment) made += replacement(character) ?? character;
    }
    return made;
  };

/** Character by character: a sigma at the end of a word is like any other. */
const lowercase = (text: string): string => Array.from(text, (character) => character.toLowerCase()).join('');

const invalid = /(?![\t\n\r])[\0\uFFFD\p{Cc}\p{Cf}\p{Co}]/gu;
const space = new RegExp(`[${whitespace}]`, 'gu');
const chinese =
  /[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B920}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/gu;

/** BERT's: without control characters, Chinese characters apart, without accents, in lower case, in this order. */
const likeBert =
  (settings: Settings) =>
  (text: string): string => {
    const { clean_text: clean, handle_chinese_chars: apart, lowercase: lower, strip_accents: strip } = settings;
    let made = text;
    if (clean) made = made.replace(invalid, '').replace(space, ' ');
    if (apart) made = made.replace(chinese, ' $& ');
    if (strip ?? lower) made = made.normalize('NFD').replace(/\p{Mn}/gu, '');
    return lower ? lowercase(made) : made;
  };

const leading = new RegExp(`^[${whitespace}]+`, 'u');
const trailing = new RegExp(`[${whitespace}]+$`, 'u');

const stripped =
  (settings: Settings) =>
  (text: string): string => {
    const rest = settings.strip_left ? text.replace(leading, '') : text;
    return settings.strip_right ? rest.replace(trailing, '') : rest;
  };

const nativeOf = (settings: Settings): ((text: string) => string) | undefined => {
  switch (settings.type) {
    case 'Precompiled':
      return settings.precompiled_charsmap ? withCharsmap(charsmapOf(settings.precompiled_charsmap)) : undefined;
    case 'BertNormalizer':
      return likeBert(settings);
    case 'Lowercase':
      return lowercase;
    case 'Strip':
      return stripped(settings);
    default:
      return undefined;
  }
};

/**
 * Lets a tokenizer of the JavaScript library (0.2.0) normalise texts as the native one does: its own takes SentencePiece's tables for NFKC,
 * does not see Chinese characters beyond the basic plane, lowers a sigma at the end of a word to another letter, and has JavaScript's
 * whitespace.
 */
export const normalizeNatively = ({ normalizer }: Tokenizer): void => {
  const visit = (part: NormalizerPart | null): void => {
    const native = part?.config && nativeOf(part.config);
    if (part && native) part.normalize = native;
    part?.normalizers?.forEach(visit);
  };
  visit(normalizer as unknown as NormalizerPart | null);
};
