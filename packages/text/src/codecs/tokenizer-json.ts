import { AnyformerError } from '@anyformer/core';
import { Tokenizer } from '@huggingface/tokenizers';
import { ownLevel } from './bpe-level.js';
import { readBytesNatively } from './byte-fallback.js';
import { chunkByChunk } from './chunks.js';
import { normalizeNatively } from './native-normalizers.js';
import { findWordsNatively, withNativePatterns } from './native-patterns.js';
import { type SpecialIds, specialTokens, type TextCodec } from './text-codec.js';

/** The parts of a Hugging Face `tokenizer.json` that are looked at here; the rest is the library's. */
interface TokenizerJson {
  readonly normalizer?: unknown;
  readonly pre_tokenizer?: unknown;
  readonly model: {
    readonly type?: string;
    readonly vocab: Readonly<Record<string, number>> | readonly (readonly [string, number])[];
    readonly unk_token?: string | null;
  };
  readonly added_tokens?: readonly { readonly id: number; readonly content: string; readonly special?: boolean }[];
}

const names = {
  pad: ['<pad>', '[PAD]', '<|pad|>'],
  start: ['<s>', '[CLS]', '<|startoftext|>', '<|begin_of_text|>', '<bos>', '<|endoftext|>', '<pad>'],
  end: ['</s>', '[SEP]', '<|endoftext|>', '<|end_of_text|>', '<eos>'],
  unknown: ['<unk>', '[UNK]'],
} as const;

const ownKinds = { word: 'bpe', byte: 'byte-bpe' } as const;

const broken = (given: string, file: string): AnyformerError =>
  new AnyformerError({
    code: 'codec/tokenizer-json',
    who: file,
    given,
    accepted: 'a whole tokenizer.json of Hugging Face tokenizers',
    fix: 'Write the file again, or train a codec.',
    exit: 2,
  });

const parse = (text: string, file: string): TokenizerJson => {
  let json: TokenizerJson;
  try {
    json = JSON.parse(text) as TokenizerJson;
  } catch {
    throw broken('no readable JSON', file);
  }
  if (typeof json !== 'object' || json === null || typeof json.model?.vocab !== 'object') throw broken('no model with a vocabulary', file);
  return json;
};

/** What {@link tokenizerJsonCodec} takes besides the text. */
export interface TokenizerJsonOptions {
  /** Names the file in errors. */
  readonly file?: string;
  readonly kind?: string;
  readonly specials?: Partial<SpecialIds>;
}

/**
 * A codec from a `tokenizer.json`, run by the tokenizers library. Pad, start, end and unknown are found by their usual names unless given;
 * without a pad token the end token pads, as is the custom.
 *
 * As in the library, special tokens that are spelt in a text are found in it. Codecs trained here differ: a text that spells pad, start, end
 * or unknown stays text, so that no line of a corpus can end a sentence.
 */
export const tokenizerJsonCodec = (
  text: string,
  { file = 'tokenizer.json', kind, specials: given = {} }: TokenizerJsonOptions = {},
): TextCodec => {
  const json = parse(text, file);
  const level = ownLevel(json);
  const added = json.added_tokens ?? [];
  const sought = level ? added.slice(specialTokens.length) : added;
  let tokenizer: Tokenizer;
  try {
    const { normalizer, pre_tokenizer } = json;
    const patterns = level ? {} : withNativePatterns({ normalizer, pre_tokenizer });
    tokenizer = new Tokenizer({ ...json, ...patterns, added_tokens: sought }, {});
  } catch (error) {
    throw broken(error instanceof Error ? error.message : String(error), file);
  }
  readBytesNatively(tokenizer);
  normalizeNatively(tokenizer);
  findWordsNatively(tokenizer);
  const entries: (readonly [string, number])[] = Array.isArray(json.model.vocab)
    ? json.model.vocab.map(([piece], id) => [piece, id] as const)
    : Object.entries(json.model.vocab as Readonly<Record<string, number>>);
  const ids = new Map(entries);
  for (const { content, id } of added) ids.set(content, id);
  for (const [piece, id] of ids)
    if (!(Number.isInteger(id) && id >= 0)) throw broken(`the id ${JSON.stringify(id)} for ${JSON.stringify(piece)}`, file);
  const size = 1 + [...ids.values()].reduce((a, b) => Math.max(a, b), -1);
  const byId: string[] = new Array<string>(size).fill('');
  for (const [piece, id] of ids) byId[id] = piece;
  const find = (what: keyof typeof names): number | undefined =>
    given[what] ?? names[what].map((name) => ids.get(name)).find((id) => id !== undefined);
  const need = (what: 'start' | 'end'): number => {
    const id = find(what);
    if (id === undefined) throw broken(`no ${what} token (looked for ${names[what].join(', ')})`, file);
    return id;
  };
  const end = need('end');
  const specials: SpecialIds = { pad: find('pad') ?? end, start: need('start'), end, unknown: find('unknown') };
  const encode = (line: string): number[] => [...tokenizer.encode(line, { add_special_tokens: false }).ids];
  const special = new Set([specials.pad, specials.start, end, ...added.filter((one) => one.special).map(({ id }) => id)]);
  return {
    kind: kind ?? (level ? ownKinds[level] : (json.model.type?.toLowerCase() ?? 'tokenizer-json')),
    size,
    specials,
    encode: level ? chunkByChunk(encode, ['▁', ...sought.map(({ content }) => content)]) : encode,
    decode: (list) => {
      const plain = list.filter((id) => !special.has(id));
      return plain.length === 0 ? '' : tokenizer.decode(plain, { skip_special_tokens: true, clean_up_tokenization_spaces: false });
    },
    pieces: (list) => list.map((id) => byId[id] ?? '?'),
    files: () => ({ 'tokenizer.json': text }),
  };
};
