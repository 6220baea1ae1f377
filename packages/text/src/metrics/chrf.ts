import { sacrebleuVersion } from './bleu.js';
import { ngrams } from './ngrams.js';
import { split } from './tokenizers.js';

/** How chrF is counted; the defaults are sacreBLEU’s. */
export interface ChrfOptions {
  /** Longest character n-gram; 6 unless said. */
  readonly charOrder?: number;
  /** Longest word n-gram: 0 is chrF, 2 is chrF++. 0 unless said. */
  readonly wordOrder?: number;
  /** Weight of recall; 2 unless said. */
  readonly beta?: number;
  readonly lowercase?: boolean;
  /** Keep whitespace as characters. */
  readonly whitespace?: boolean;
  /** Count missing orders with a tiny score, as NLTK does, in place of leaving them out. */
  readonly epsSmoothing?: boolean;
}

/** Per order: n-grams of the hypothesis, of the reference, and common ones. */
type Counts = number[];

const punctuation = new Set('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~');

/** Punctuation at either end of a word stands alone, at one end only, as in the original implementation. */
const wordsOf = (line: string): string[] =>
  split(line).flatMap((word) => {
    const characters = Array.from(word);
    if (characters.length === 1) return [word];
    if (punctuation.has(characters.at(-1)!)) return [characters.slice(0, -1).join(''), characters.at(-1)!];
    if (punctuation.has(characters[0]!)) return [characters[0]!, characters.slice(1).join('')];
    return [word];
  });

const sum = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((a, b) => a + b, 0);

/** chrF and chrF++ over many sentences (Popović 2015, 2017), equal to sacreBLEU's. */
export class Chrf {
  readonly #options: Required<ChrfOptions>;
  readonly #counts: Counts;
  #references: number | undefined;

  constructor(options: ChrfOptions = {}) {
    this.#options = { charOrder: 6, wordOrder: 0, beta: 2, lowercase: false, whitespace: false, epsSmoothing: false, ...options };
    this.#counts = new Array<number>(3 * this.#orders).fill(0);
  }

  get #orders(): number {
    return this.#options.charOrder + this.#options.wordOrder;
  }

  #grams(given: string): Map<string, number>[] {
    const { charOrder, wordOrder, lowercase, whitespace } = this.#options;
    const line = lowercase ? given.toLowerCase() : given;
    const characters = Array.from(whitespace ? line : split(line).join(''));
    const words = wordOrder > 0 ? wordsOf(line) : [];
    return [
      ...Array.from({ length: charOrder }, (_, i) => ngrams(characters, i + 1)),
      ...Array.from({ length: wordOrder }, (_, i) => ngrams(words, i + 1)),
    ];
  }

  #score(counts: Counts): number {
    const { beta, epsSmoothing } = this.#options;
    const factor = beta ** 2;
    const eps = 1e-16;
    let smoothed = 0;
    let precision = 0;
    let recall = 0;
    let orders = 0;
    for (let i = 0; i < this.#orders; i++) {
      const [hypothesis, reference, common] = counts.slice(3 * i, 3 * i + 3) as [number, number, number];
      const p = hypothesis > 0 ? common / hypothesis : eps;
      const r = reference > 0 ? common / reference : eps;
      const weight = factor * p + r;
      smoothed += weight > 0 ? ((1 + factor) * p * r) / weight : eps;
      if (hypothesis > 0 && reference > 0) {
        precision += p;
        recall += r;
        orders += 1;
      }
    }
    if (epsSmoothing) return (100 * smoothed) / this.#orders;
    if (orders === 0 || precision + recall === 0) return 0;
    precision /= orders;
    recall /= orders;
    return (100 * (1 + factor) * precision * recall) / (factor * precision + recall);
  }

  /** Counts one hypothesis against the reference that it fits best. */
  add(hypothesis: string, references: readonly string[]): void {
    this.#references = this.#references === undefined || this.#references === references.length ? references.length : -1;
    const mine = this.#grams(hypothesis);
    let best: Counts | undefined;
    let bestScore = -1;
    for (const reference of references) {
      const counts = this.#grams(reference).flatMap((grams, i) => {
        let common = 0;
        for (const [gram, count] of mine[i]!) common += Math.min(count, grams.get(gram) ?? 0);
        return [grams.size > 0 ? sum(mine[i]!) : 0, sum(grams), common];
      });
      const score = this.#score(counts);
      if (score > bestScore) [best, bestScore] = [counts, score];
    }
    best!.forEach((count, i) => {
      this.#counts[i]! += count;
    });
  }

  /** 0 … 100 */
  result(): number {
    return this.#score(this.#counts);
  }

  /** sacreBLEU's signature. */
  get signature(): string {
    const { charOrder, wordOrder, lowercase, whitespace, epsSmoothing } = this.#options;
    const references = this.#references === -1 ? 'var' : (this.#references ?? 1);
    return `nrefs:${references}|case:${lowercase ? 'lc' : 'mixed'}|eff:${epsSmoothing ? 'no' : 'yes'}|nc:${charOrder}|nw:${wordOrder}|space:${whitespace ? 'yes' : 'no'}|version:${sacrebleuVersion}`;
  }
}
