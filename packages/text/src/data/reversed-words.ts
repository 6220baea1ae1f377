import { generated, type Random } from '@anyformer/core';
import type { Pair, PairSource } from './pair.js';

/** Names of so many words: a, b, …, z, aa, ab, … */
const word = (i: number): string => {
  const letter = (n: number): string => String.fromCharCode(97 + n);
  return i < 26 ? letter(i) : letter(Math.floor(i / 26) - 1) + letter(i % 26);
};

/** Words to write backwards: the smallest task that cannot be done without looking at the right place. Endless; seeded. */
export const reversedWords = (options: { words: number; longest: number; pairs: number; seed: number }): PairSource => {
  const draw = (random: Random): Pair => {
    const length = 4 + random.integer(options.longest - 3);
    const words = Array.from({ length }, () => word(random.integer(options.words)));
    return { source: words.join(' '), target: words.toReversed().join(' ') };
  };
  return generated({ name: 'reversed-words', seed: options.seed, epoch: options.pairs, draw });
};
