import { type Generated, type Metric, type Split, stream, unknownSplit } from '@anyformer/core';
import { type EnglishGerman, englishGerman, pronounIn, type SentencePair } from '../corpora/english-german/index.js';
import type { Pair, PairSource } from './pair.js';

const heldOut: Readonly<Record<string, number>> = { valid: 500, test: 1000 };

const pairOf = ({ english, german, kind, pronoun }: SentencePair): Pair<Pick<SentencePair, 'kind' | 'pronoun'>> => ({
  source: english,
  target: german,
  about: { kind, pronoun },
});

/** Of the sentences whose pronoun must be resolved, the share in which it is the right one; NaN without such a sentence. */
export const pronounAccuracy = (): Metric<Generated<Pair>> => {
  let right = 0;
  let count = 0;
  return {
    name: 'pronoun-accuracy',
    better: 'higher',
    add({ raw, hypothesis }) {
      const pronoun = (raw.about as Partial<SentencePair> | undefined)?.pronoun;
      if (pronoun === undefined) return;
      count += 1;
      if (pronounIn(String(hypothesis)) === pronoun.pronoun) right += 1;
    },
    result: () => right / count,
    details: () => ({ right, sentences: count }),
  };
};

export interface EnglishGermanPairsOptions {
  readonly level: 1 | 2;
  /** Pairs in an epoch. */
  readonly pairs: number;
  /** Share of the training sentences that have a pronoun to resolve; that of the corpus unless said. Other splits are as they are. */
  readonly pronouns?: number | undefined;
  readonly seed: number;
}

/** Sentences of the corpus that are looked through for one with, or without, a pronoun: in so many there surely is one. */
const lane = 256;

/** The corpus' training sentences, with another share of pronouns. Any place can be gone to at once. */
const trainingSentence = (corpus: EnglishGerman, { pronouns, seed }: EnglishGermanPairsOptions, index: number): SentencePair => {
  if (pronouns === undefined) return corpus.train(index);
  const wanted = stream(seed, 'pronouns', index).uniform() < pronouns;
  let pair = corpus.train(index * lane);
  for (let i = 1; i < lane && (pair.kind === 'pronoun') !== wanted; i++) pair = corpus.train(index * lane + i);
  return pair;
};

/** English sentences and their German ones, generated without end: each epoch brings new ones. */
export const englishGermanPairs = (options: EnglishGermanPairsOptions): PairSource => {
  const { level, pairs, seed } = options;
  const corpus = englishGerman({ level, seed });
  const splits = ['train', ...Object.keys(heldOut)];
  const sizeOf = (split: Split): number => {
    if (!splits.includes(split)) throw unknownSplit('The English-German corpus', split, splits);
    return split === 'train' ? pairs : heldOut[split]!;
  };
  return {
    splits,
    size: sizeOf,
    async *examples(split, { epoch, index }) {
      const size = sizeOf(split);
      if (split !== 'train') {
        for (const pair of corpus.heldOut(split as 'valid' | 'test', size).slice(index)) yield pairOf(pair);
        return;
      }
      for (let i = index; i < size; i++) yield pairOf(trainingSentence(corpus, options, epoch * pairs + i));
    },
    metrics: () => [pronounAccuracy()],
  };
};
