import test from 'ava';
import { nativePattern } from './native-patterns.js';
import { tokenizerJsonCodec } from './tokenizer-json.js';

/** A tokenizer of single characters behind a normalizer. */
const behind = (normalizer: unknown, characters: string) =>
  tokenizerJsonCodec(
    JSON.stringify({
      version: '1.0',
      added_tokens: [],
      normalizer,
      pre_tokenizer: null,
      post_processor: null,
      decoder: null,
      model: {
        type: 'BPE',
        unk_token: '<unk>',
        fuse_unk: false,
        merges: [],
        vocab: Object.fromEntries(['<s>', '</s>', '<unk>', ...characters].map((piece, id) => [piece, id])),
      },
    }),
  );

const normalized = (normalizer: unknown, characters: string, text: string): string => {
  const codec = behind(normalizer, characters);
  return codec.pieces(codec.encode(text)).join('');
};

test('a sigma at the end of a word is lowered like any other', (t) => {
  t.is(normalized({ type: 'Lowercase' }, 'ας σ', 'ΑΣ Σ'), 'ασ σ');
});

test('BERT: Chinese characters of every plane stand apart, accents go, unassigned characters stay', (t) => {
  const bert = { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true };
  t.is(normalized(bert, 'ae 𠀀中\u0378', 'Á𠀀中\u0000É\u200d\u0378'), 'a 𠀀  中 e\u0378');
  t.is(normalized({ ...bert, lowercase: false }, 'Áa', 'Áa'), 'Áa');
  t.is(normalized({ ...bert, lowercase: false, strip_accents: true }, 'Aa', 'Áa'), 'Aa');
});

test('only Unicode’s whitespace is stripped', (t) => {
  t.is(normalized({ type: 'Strip', strip_left: true, strip_right: true }, '\ufeffa ', '\u0085\ufeffa \ufeff\u3000'), '\ufeffa \ufeff');
  t.is(normalized({ type: 'Strip', strip_left: false, strip_right: true }, ' a', ' a '), ' a');
});

test('a table of SentencePiece replaces what it lists and nothing else', (t) => {
  // a trie of three units for the one entry 'a' -> 'xy': root, the leaf's parent under 'a' (97), the value
  const units = new Uint32Array(128);
  units[0] = 1 << 10; // offset 1
  units[1 ^ 97] = (2 << 10) | 0x100 | 97; // offset 2, has a leaf
  units[1 ^ 97 ^ 2] = 0x8000_0000 >>> 0; // value 0
  const trie = new Uint8Array(units.buffer);
  const whole = new Uint8Array(4 + trie.length + 3);
  new DataView(whole.buffer).setUint32(0, trie.length, true);
  whole.set(trie, 4);
  whole.set([120, 121, 0], 4 + trie.length);
  const precompiled_charsmap = Buffer.from(whole).toString('base64');
  t.is(normalized({ type: 'Precompiled', precompiled_charsmap }, 'abxy\u200d', 'ab\u200da'), 'xyb\u200dxy');
});

test('whitespace of patterns is Unicode’s', (t) => {
  const whole = new RegExp(`^${nativePattern('\\s+')}$`, 'u');
  t.true(whole.test('\u0085 \t'));
  t.false(whole.test('\ufeff'));
  t.true(new RegExp(`^${nativePattern('[^\\s\\p{L}]+')}$`, 'u').test('\ufeff='));
  t.true(new RegExp(`^${nativePattern('\\S')}$`, 'u').test('\ufeff'));
  t.is(nativePattern('\\\\s[\\]\\d]'), '\\\\s[\\]\\d]');
});
