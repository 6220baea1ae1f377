import { seedOf, stream } from '@anyformer/core';
import { drawSentence, type SentencePair } from './sentences.js';

export interface EnglishGermanOptions {
  /** 1: short sentences of a small lexicon; 2: everything. */
  readonly level: 1 | 2;
  readonly seed: number;
}

/** Splits of the corpus. */
export type CorpusSplit = 'train' | 'valid' | 'test';

/** The two sentences that the corpus was made for; never trained on. */
const showpieces = new Set([
  'The animal did not cross the street because it was too tired.',
  'The animal did not cross the street because it was too wide.',
]);

/** Where a sentence belongs, whoever draws it: by its own letters, and pronoun sentences by noun and adjective too. */
export const splitOf = ({ english, pronoun }: SentencePair): CorpusSplit => {
  if (showpieces.has(english)) return 'test';
  if (pronoun && seedOf(0, 'combination', pronoun.combination) % 10 === 0)
    return seedOf(0, 'sentence', english) % 3 === 0 ? 'valid' : 'test';
  const place = seedOf(0, 'sentence', english) % 20;
  return place === 0 ? 'valid' : place <= 2 ? 'test' : 'train';
};

/** English-German sentences made by two grammars from one meaning. Unlimited, seeded, and split so that no sentence is in two splits. */
export interface EnglishGerman {
  /** The training sentence at an index: the same whenever it is asked for. */
  train(index: number): SentencePair;
  /** The first `count` sentences of a held-out split, all different. */
  heldOut(split: 'valid' | 'test', count: number): readonly SentencePair[];
}

/** The corpus of a level. Sentences of the test split, whatever the seed, are in no training split. */
export const englishGerman = ({ level, seed }: EnglishGermanOptions): EnglishGerman => {
  const lists = { valid: [] as SentencePair[], test: [] as SentencePair[] };
  const seen = { valid: new Set<string>(), test: new Set<string>() };
  const drawn = { valid: 0, test: 0 };
  return {
    train(index) {
      const random = stream(seed, 'english-german', level, 'train', index);
      for (;;) {
        const pair = drawSentence(level, random);
        if (splitOf(pair) === 'train') return pair;
      }
    },
    heldOut(split, count) {
      const list = lists[split];
      while (list.length < count) {
        const pair = drawSentence(level, stream(seed, 'english-german', level, 'held-out', drawn[split]++));
        if (splitOf(pair) !== split || seen[split].has(pair.english)) continue;
        seen[split].add(pair.english);
        list.push(pair);
      }
      return list.slice(0, count);
    },
  };
};
