import { ngrams } from './ngrams.js';
import { type TokenizerName, tokenizers, trimEnd } from './tokenizers.js';

/** The sacreBLEU version whose numbers these are. */
export const sacrebleuVersion = '2.6.0';

/** What is done about n-gram orders without a match (Chen & Cherry 2014). */
export const smoothings = ['none', 'floor', 'add-k', 'exp'] as const;
/** One of {@link smoothings}. */
export type Smoothing = (typeof smoothings)[number];

/** How BLEU is counted; the defaults are sacreBLEU’s. */
export interface BleuOptions {
  /** `13a` unless said. */
  readonly tokenize?: TokenizerName;
  readonly lowercase?: boolean;
  /** `exp` unless said. */
  readonly smoothing?: Smoothing;
  /** Of `floor` (0.1 unless said) and `add-k` (1). */
  readonly smoothingValue?: number | undefined;
  /** Longest n-gram; 4 unless said. */
  readonly maxOrder?: number;
  /** Only orders that the hypothesis is long enough for: usual for single sentences. */
  readonly effectiveOrder?: boolean;
}

/** BLEU and what it is made of. */
export interface BleuScore {
  /** 0 … 100 */
  readonly score: number;
  /** Precision of each order, 0 … 100. */
  readonly precisions: readonly number[];
  readonly brevityPenalty: number;
  readonly hypothesisLength: number;
  readonly referenceLength: number;
  readonly correct: readonly number[];
  readonly total: readonly number[];
}

/** Counts of n-grams, added up over sentences. */
export interface BleuStatistics {
  readonly correct: readonly number[];
  readonly total: readonly number[];
  readonly hypothesisLength: number;
  readonly referenceLength: number;
}

const defaultValue = (smoothing: Smoothing): number => (smoothing === 'floor' ? 0.1 : smoothing === 'add-k' ? 1 : 0);

/** BLEU of summed counts (Papineni et al. 2002). */
export const bleuOf = (statistics: BleuStatistics, options: BleuOptions = {}): BleuScore => {
  const { smoothing = 'exp', effectiveOrder = false } = options;
  const value = options.smoothingValue ?? defaultValue(smoothing);
  const { hypothesisLength, referenceLength } = statistics;
  const correct = [...statistics.correct];
  const total = [...statistics.total];
  const precisions = correct.map(() => 0);
  const brevityPenalty =
    hypothesisLength >= referenceLength ? 1 : hypothesisLength > 0 ? Math.exp(1 - referenceLength / hypothesisLength) : 0;
  const result = (score: number): BleuScore => ({ score, precisions, brevityPenalty, hypothesisLength, referenceLength, correct, total });
  if (correct.every((count) => count === 0)) return result(0);
  let halved = 1;
  let order = precisions.length;
  for (let n = 0; n < precisions.length; n++) {
    if (smoothing === 'add-k' && n > 0) {
      correct[n]! += value;
      total[n]! += value;
    }
    if (total[n] === 0) break;
    if (effectiveOrder) order = n + 1;
    if (correct[n] !== 0) precisions[n] = (100 * correct[n]!) / total[n]!;
    else if (smoothing === 'exp') {
      halved *= 2;
      precisions[n] = 100 / (halved * total[n]!);
    } else if (smoothing === 'floor') precisions[n] = (100 * value) / total[n]!;
  }
  const logs = precisions.slice(0, order).map((precision) => (precision === 0 ? -9999999999 : Math.log(precision)));
  return result(brevityPenalty * Math.exp(logs.reduce((a, b) => a + b, 0) / order));
};

/** BLEU over many sentences, equal to sacreBLEU's. Statistics are sums: add sentence by sentence. */
export class Bleu {
  readonly #options: BleuOptions;
  readonly #order: number;
  readonly #correct: number[];
  readonly #total: number[];
  #hypothesisLength = 0;
  #referenceLength = 0;
  #references: number | undefined;

  constructor(options: BleuOptions = {}) {
    this.#options = options;
    this.#order = options.maxOrder ?? 4;
    this.#correct = new Array<number>(this.#order).fill(0);
    this.#total = new Array<number>(this.#order).fill(0);
  }

  #words(line: string): string[] {
    const { lowercase, tokenize = '13a' } = this.#options;
    return tokenizers[tokenize](trimEnd(lowercase ? line.toLowerCase() : line));
  }

  /** Counts one hypothesis against its references, at least one. */
  add(hypothesis: string, references: readonly string[]): void {
    const words = this.#words(hypothesis);
    const others = references.map((reference) => this.#words(reference));
    this.#references = this.#references === undefined || this.#references === references.length ? references.length : -1;
    // The closest reference length; of two equally close ones the shorter.
    let closest = others[0]!.length;
    for (const { length } of others) {
      const gap = Math.abs(length - words.length) - Math.abs(closest - words.length);
      if (gap < 0 || (gap === 0 && length < closest)) closest = length;
    }
    this.#hypothesisLength += words.length;
    this.#referenceLength += closest;
    for (let n = 1; n <= this.#order; n++) {
      const allowed = new Map<string, number>();
      for (const other of others) for (const [gram, count] of ngrams(other, n)) allowed.set(gram, Math.max(count, allowed.get(gram) ?? 0));
      for (const [gram, count] of ngrams(words, n)) this.#correct[n - 1]! += Math.min(count, allowed.get(gram) ?? 0);
      this.#total[n - 1]! += Math.max(0, words.length - n + 1);
    }
  }

  get statistics(): BleuStatistics {
    return { correct: this.#correct, total: this.#total, hypothesisLength: this.#hypothesisLength, referenceLength: this.#referenceLength };
  }

  result(): BleuScore {
    return bleuOf(this.statistics, this.#options);
  }

  /** sacreBLEU's signature: what the score means. */
  get signature(): string {
    const { tokenize = '13a', lowercase, smoothing = 'exp', effectiveOrder } = this.#options;
    const value = this.#options.smoothingValue ?? defaultValue(smoothing);
    const smooth = smoothing === 'floor' || smoothing === 'add-k' ? `${smoothing}[${value.toFixed(2)}]` : smoothing;
    const references = this.#references === -1 ? 'var' : (this.#references ?? 1);
    return `nrefs:${references}|case:${lowercase ? 'lc' : 'mixed'}|eff:${effectiveOrder ? 'yes' : 'no'}|tok:${tokenize}|smooth:${smooth}|version:${sacrebleuVersion}`;
  }
}

/** BLEU of a corpus: one hypothesis and one list of references per sentence. */
export const corpusBleu = (
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  options: BleuOptions = {},
): BleuScore => {
  const bleu = new Bleu(options);
  hypotheses.forEach((hypothesis, i) => bleu.add(hypothesis, references[i]!));
  return bleu.result();
};

/** BLEU of one sentence; only orders that it is long enough for, unless said. */
export const sentenceBleu = (hypothesis: string, references: readonly string[], options: BleuOptions = {}): BleuScore =>
  corpusBleu([hypothesis], [references], { effectiveOrder: true, ...options });
