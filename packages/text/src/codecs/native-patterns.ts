import type { Tokenizer } from '@huggingface/tokenizers';
import { gpt2Words, whitespace } from './bpe-level.js';

/** What is reached of a pre-tokenizer of the library: its parts, and the pattern of words where bytes are split by words. */
interface PreTokenizerPart {
  readonly config?: { readonly type?: string };
  readonly tokenizers?: readonly (PreTokenizerPart | null)[];
  pattern?: RegExp;
}

/** A pattern whose `\s` and `\S` are Unicode's whitespace, as in the native library; a `\S` inside brackets stays JavaScript's. */
export const nativePattern = (pattern: string): string => {
  let inside = false;
  return pattern.replace(/\\.|[[\]]/gsu, (found) => {
    if (found === '[' || found === ']') inside = found === '[';
    if (found === '\\s') return inside ? whitespace : `[${whitespace}]`;
    return found === '\\S' && !inside ? `[^${whitespace}]` : found;
  });
};

/** A part of a `tokenizer.json` with {@link nativePattern} for every pattern in it. */
export const withNativePatterns = <T>(part: T): T => {
  if (Array.isArray(part)) return part.map(withNativePatterns) as T;
  if (typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => [
      key,
      key === 'Regex' && typeof value === 'string' ? nativePattern(value) : withNativePatterns(value),
    ]),
  ) as T;
};

/** Lets a tokenizer of the JavaScript library (0.2.0) find GPT-2's words as the native one does, with Unicode's whitespace. */
export const findWordsNatively = ({ pre_tokenizer: whole }: Tokenizer): void => {
  const visit = (part: PreTokenizerPart | null): void => {
    if (part?.config?.type === 'ByteLevel') part.pattern = new RegExp(gpt2Words, 'gu');
    part?.tokenizers?.forEach(visit);
  };
  visit(whole as unknown as PreTokenizerPart | null);
};
