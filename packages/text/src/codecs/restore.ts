import { AnyformerError } from '@anyformer/core';
import type { TextCodec } from './text-codec.js';
import { tokenizerJsonCodec } from './tokenizer-json.js';
import { parseVocabulary } from './vocabulary.js';

/** A codec from the files of a checkpoint or model folder: what {@link TextCodec.files} gave. `kind` names that of a `tokenizer.json`. */
export const restoreCodec = (files: Readonly<Record<string, Uint8Array>>, kind?: string): TextCodec => {
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  const json = files['tokenizer.json'];
  if (json) return tokenizerJsonCodec(text(json), kind === undefined ? {} : { kind });
  const vocabulary = files['vocabulary.json'];
  if (vocabulary) return parseVocabulary(text(vocabulary));
  throw new AnyformerError({
    code: 'codec/no-files',
    who: 'A text codec',
    given: `the files ${Object.keys(files).join(', ') || 'of none'}`,
    accepted: 'tokenizer.json or vocabulary.json',
    fix: 'Use a whole checkpoint.',
  });
};
