import type { Tokenizer } from '@huggingface/tokenizers';

/** What is reached of a decoder of the library: its parts, and what reads bytes. */
interface DecoderPart {
  readonly config?: { readonly type?: string };
  readonly decoders?: readonly DecoderPart[];
  text_decoder?: { decode(bytes: Uint8Array): string };
}

/**
 * Bytes as the native library's `ByteFallback` reads them: a byte order mark is a character like any other, and bytes that are no UTF-8
 * become one U+FFFD each.
 */
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const reader = {
  decode(bytes: Uint8Array): string {
    try {
      return strict.decode(bytes);
    } catch {
      return '\uFFFD'.repeat(bytes.length);
    }
  },
};

/** Lets a tokenizer of the JavaScript library (0.2.0) read bytes as the native one does: its own reader drops byte order marks. */
export const readBytesNatively = ({ decoder }: Tokenizer): void => {
  const visit = (part: DecoderPart): void => {
    if (part.config?.type === 'ByteFallback') part.text_decoder = reader;
    part.decoders?.forEach(visit);
  };
  if (decoder) visit(decoder as unknown as DecoderPart);
};
