import { AnyformerError } from '@anyformer/core';
import { Tokenizer } from '@huggingface/tokenizers';
import type { SpecialIds, TextCodec } from './text-codec.js';

/** The parts of a Hugging Face `tokenizer.json` that are looked at here; the rest is the library's. */
interface TokenizerJson {
  readonly model: {
    readonly type?: string;
    readonly vocab: Readonly<Record<string, number>> | readonly (readonly [string, number])[];
    readonly unk_token?: string | null;
  };
  readonly added_tokens?: readonly { readonly id: number; readonly content: string; readonly special?: boolean }[];
}

const names = {
  pad: ['<pad>', '[PAD]', '<|pad|>', '<|endoftext|>'],
  start: ['<s>', '[CLS]', '<|startoftext|>', '<bos>', '<|endoftext|>', '<pad>'],
  end: ['</s>', '[SEP]', '<|endoftext|>', '<eos>'],
  unknown: ['<unk>', '[UNK]'],
} as const;

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

/** Words whose ids are remembered. */
const remembered = 100_000;

/**
 * The same ids, word by word from memory: for tokenizers whose normaliser and pre-tokeniser never look across a space and put a mark before
 * each word. Lines that hold one of `foreign` are left to the whole tokenizer.
 */
const wordByWord = (encode: (line: string) => number[], foreign: readonly string[]): ((line: string) => number[]) => {
  const known = new Map<string, readonly number[]>();
  return (line) => {
    if (line === '' || foreign.some((one) => line.includes(one))) return encode(line);
    const ids: number[] = [];
    const words = line.split(' ');
    // A space in front is the first word's own mark.
    for (let i = line.startsWith(' ') ? 1 : 0; i < words.length; i++) {
      const word = words[i]!;
      let own = known.get(word);
      if (own === undefined) {
        own = encode(word === '' ? ' ' : word);
        if (known.size >= remembered) known.clear();
        known.set(word, own);
      }
      for (const id of own) ids.push(id);
    }
    return ids;
  };
};

/**
 * A codec from a `tokenizer.json`, run by the tokenizers library. Pad, start, end and unknown are found by their usual names unless given.
 * `file` names it in errors.
 */
export const tokenizerJsonCodec = (
  text: string,
  {
    file = 'tokenizer.json',
    kind,
    specials: given = {},
    splitsAtSpaces = false,
  }: { readonly file?: string; readonly kind?: string; readonly specials?: Partial<SpecialIds>; readonly splitsAtSpaces?: boolean } = {},
): TextCodec => {
  const json = parse(text, file);
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer(json, {});
  } catch (error) {
    throw broken(error instanceof Error ? error.message : String(error), file);
  }
  const entries: (readonly [string, number])[] = Array.isArray(json.model.vocab)
    ? json.model.vocab.map(([piece], id) => [piece, id] as const)
    : Object.entries(json.model.vocab as Readonly<Record<string, number>>);
  const ids = new Map(entries);
  for (const { content, id } of json.added_tokens ?? []) ids.set(content, id);
  const size = 1 + [...ids.values()].reduce((a, b) => Math.max(a, b), -1);
  const byId: string[] = new Array<string>(size).fill('');
  for (const [piece, id] of ids) byId[id] = piece;
  const find = (what: keyof typeof names): number | undefined =>
    given[what] ?? names[what].map((name) => ids.get(name)).find((id) => id !== undefined);
  const need = (what: 'pad' | 'start' | 'end'): number => {
    const id = find(what);
    if (id === undefined) throw broken(`no ${what} token (looked for ${names[what].join(', ')})`, file);
    return id;
  };
  const specials: SpecialIds = { pad: need('pad'), start: need('start'), end: need('end'), unknown: find('unknown') };
  const contents = (json.added_tokens ?? []).map(({ content }) => content);
  const encode = (line: string): number[] => [...tokenizer.encode(line, { add_special_tokens: false }).ids];
  const special = new Set([
    specials.pad,
    specials.start,
    specials.end,
    ...(json.added_tokens ?? []).filter((one) => one.special).map(({ id }) => id),
  ]);
  return {
    kind: kind ?? json.model.type?.toLowerCase() ?? 'tokenizer-json',
    size,
    specials,
    encode: splitsAtSpaces ? wordByWord(encode, ['▁', ...contents]) : encode,
    decode: (list) => {
      const plain = list.filter((id) => !special.has(id));
      return plain.length === 0 ? '' : tokenizer.decode(plain, { skip_special_tokens: true, clean_up_tokenization_spaces: false });
    },
    pieces: (list) => list.map((id) => byId[id] ?? '?'),
    files: () => ({ 'tokenizer.json': text }),
  };
};
