import * as tf from '../tf.js';
import { attention } from './attention.js';
import type { Case } from './case.test-support.js';
import { dropoutMask } from './dropout.js';
import * as exact from './float64.test-support.js';

interface AttentionCase extends exact.AttentionFacts {
  name: string;
  b: number;
  l: number;
  s: number;
  d: number;
  e: number;
  bias?: [number, number];
  dropout?: number;
}

const attentionCases: AttentionCase[] = [
  { name: 'one', b: 1, l: 1, s: 1, d: 1, e: 1, heads: 1 },
  { name: 'cross', b: 2, l: 3, s: 17, d: 5, e: 3, heads: 3 },
  { name: 'causal', b: 2, l: 9, s: 9, d: 4, e: 4, heads: 2, causal: true },
  { name: 'causal with offset', b: 1, l: 3, s: 9, d: 4, e: 4, heads: 2, causal: true, offset: 6 },
  { name: 'causal with a negative offset', b: 1, l: 5, s: 4, d: 3, e: 3, heads: 1, causal: true, offset: -3, bias: [1, 1] },
  { name: 'grouped heads', b: 2, l: 5, s: 7, d: 3, e: 5, heads: 6, keyValueHeads: 2 },
  { name: 'one key/value head, scaled', b: 1, l: 33, s: 33, d: 3, e: 2, heads: 3, keyValueHeads: 1, scale: 0.3 },
  {
    name: 'masked, with a row that sees nothing',
    b: 3,
    l: 4,
    s: 6,
    d: 4,
    e: 4,
    heads: 2,
    mask: Array.from({ length: 18 }, (_, i) => i < 6 && i % 3 !== 1),
  },
  {
    name: 'masked and causal',
    b: 2,
    l: 6,
    s: 6,
    d: 4,
    e: 4,
    heads: 2,
    causal: true,
    mask: Array.from({ length: 12 }, (_, i) => i !== 0 && i % 5 !== 2),
  },
  { name: 'one query, many keys', b: 2, l: 1, s: 37, d: 17, e: 19, heads: 3, mask: Array.from({ length: 74 }, (_, i) => i % 4 !== 1) },
  { name: 'one query of grouped heads', b: 2, l: 1, s: 9, d: 8, e: 16, heads: 4, keyValueHeads: 2, bias: [1, 4], causal: true, offset: 6 },
  { name: 'bias of all', b: 2, l: 3, s: 5, d: 4, e: 4, heads: 2, bias: [2, 2] },
  { name: 'bias per head, causal', b: 3, l: 5, s: 5, d: 4, e: 4, heads: 2, causal: true, bias: [1, 2] },
  { name: 'bias per sequence', b: 2, l: 3, s: 17, d: 4, e: 4, heads: 3, bias: [2, 1] },
  { name: 'softcap, causal, bias', b: 2, l: 5, s: 5, d: 4, e: 3, heads: 4, keyValueHeads: 2, softcap: 0.7, causal: true, bias: [1, 4] },
  { name: 'dropout', b: 2, l: 5, s: 9, d: 4, e: 4, heads: 2, dropout: 0.4 },
  {
    name: 'dropout, causal, bias, grouped',
    b: 2,
    l: 7,
    s: 7,
    d: 4,
    e: 4,
    heads: 4,
    keyValueHeads: 2,
    causal: true,
    bias: [1, 4],
    dropout: 0.3,
  },
  { name: 'part of a cache buffer', b: 2, l: 2, s: 11, d: 4, e: 4, heads: 2, keyLength: 7, causal: true, offset: 5 },
  { name: 'long', b: 1, l: 70, s: 300, d: 3, e: 2, heads: 1, causal: true, offset: 230 },
  // Over several blocks of keys: the first ones hidden from all, from one sequence, from early queries.
  {
    name: 'long, grouped, dropped and biased, the first 280 keys hidden in one sequence',
    b: 2,
    l: 5,
    s: 521,
    d: 3,
    e: 5,
    heads: 2,
    keyValueHeads: 1,
    bias: [1, 2],
    dropout: 0.3,
    mask: Array.from({ length: 1042 }, (_, i) => i < 521 || i >= 801),
  },
  { name: 'long, part of a cache buffer, causal', b: 1, l: 67, s: 560, d: 2, e: 3, heads: 1, keyLength: 530, causal: true, offset: 270 },
  { name: 'long, a negative offset', b: 1, l: 265, s: 260, d: 2, e: 1, heads: 1, causal: true, offset: -3 },
];

/** Attention of every kind, and over several blocks of keys. */
export const attentions: readonly Case[] = attentionCases.map(({ name, b, l, s, d, e, bias, dropout: rate, ...facts }): Case => {
  const { heads, keyValueHeads: g = heads, mask, causal, offset, keyLength, scale, softcap } = facts;
  const kept = rate ? dropoutMask(b * heads * l * s, rate, 77) : undefined;
  return {
    name: `attention: ${name}`,
    shapes: [[b, l, heads * d], [b, s, g * d], [b, s, g * e], ...(bias ? [[...bias, l, s]] : [])],
    run: ([query, key, value, biasTensor]) =>
      attention({
        query: query as tf.Tensor3D,
        key: key as tf.Tensor3D,
        value: value as tf.Tensor3D,
        bias: biasTensor,
        mask: mask && tf.tensor([...mask], [b, s], 'bool'),
        dropout: rate ? { rate, seed: 77 } : undefined,
        heads,
        keyValueHeads: g,
        causal,
        offset,
        keyLength,
        scale,
        softcap,
      }),
    exactly: ([query, key, value, biasBlock]) => exact.attention(query!, key!, value!, biasBlock, { ...facts, ...(kept ? { kept } : {}) }),
  };
});
