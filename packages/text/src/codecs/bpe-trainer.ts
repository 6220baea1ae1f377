/** What {@link trainBpe} learns. */
export interface BpeModel {
  /** Pieces in the order of their ids. */
  readonly vocabulary: readonly string[];
  /** Pairs in the order in which they were joined. */
  readonly merges: readonly (readonly [string, string])[];
}

/** A binary heap of pairs: most frequent first, then smallest ids, as in Hugging Face tokenizers. */
class PairQueue {
  readonly #counts: number[] = [];
  readonly #pairs: number[] = [];

  get size(): number {
    return this.#pairs.length;
  }

  #before(i: number, j: number): boolean {
    return this.#counts[i]! > this.#counts[j]! || (this.#counts[i] === this.#counts[j] && this.#pairs[i]! < this.#pairs[j]!);
  }

  #swap(i: number, j: number): void {
    [this.#counts[i], this.#counts[j]] = [this.#counts[j]!, this.#counts[i]!];
    [this.#pairs[i], this.#pairs[j]] = [this.#pairs[j]!, this.#pairs[i]!];
  }

  push(pair: number, count: number): void {
    let i = this.#pairs.push(pair) - 1;
    this.#counts.push(count);
    for (let up = (i - 1) >> 1; i > 0 && this.#before(i, up); i = up, up = (i - 1) >> 1) this.#swap(i, up);
  }

  pop(): { readonly pair: number; readonly count: number } {
    const top = { pair: this.#pairs[0]!, count: this.#counts[0]! };
    this.#swap(0, this.#pairs.length - 1);
    this.#pairs.pop();
    this.#counts.pop();
    for (let i = 0; ; ) {
      let best = i;
      for (const child of [2 * i + 1, 2 * i + 2]) if (child < this.#pairs.length && this.#before(child, best)) best = child;
      if (best === i) return top;
      this.#swap(i, best);
      i = best;
    }
  }
}

/** Pairs of ids as one number, ordered like the pair. */
const base = 2 ** 26;

/**
 * Byte-pair encoding (Sennrich et al. 2016): joins the most frequent pair of neighbours until the vocabulary is full. Counts are kept up to
 * date pair by pair. `words` are pre-tokens and how often they occur; `first` are pieces that come first whatever happens (special tokens,
 * an alphabet). Ties and order are those of Hugging Face tokenizers, so that the same words give the same merges.
 */
export const trainBpe = (
  words: ReadonlyMap<string, number>,
  { size, first }: { readonly size: number; readonly first: readonly string[] },
): BpeModel => {
  const vocabulary = [...first];
  const ids = new Map(vocabulary.map((piece, id) => [piece, id]));
  const alphabet = new Set<string>();
  for (const word of words.keys()) for (const character of word) alphabet.add(character);
  for (const character of [...alphabet].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!))
    if (!ids.has(character)) ids.set(character, vocabulary.push(character) - 1);

  const counts: number[] = [];
  const sequences: number[][] = [];
  const pairCounts = new Map<number, number>();
  const places = new Map<number, Set<number>>();
  const count = (pair: number, change: number, place: number): void => {
    pairCounts.set(pair, (pairCounts.get(pair) ?? 0) + change);
    if (change <= 0) return;
    const held = places.get(pair);
    if (held) held.add(place);
    else places.set(pair, new Set([place]));
  };
  for (const [word, times] of words) {
    const place = counts.push(times) - 1;
    const sequence = Array.from(word, (character) => ids.get(character)!);
    sequences.push(sequence);
    for (let i = 1; i < sequence.length; i++) count(sequence[i - 1]! * base + sequence[i]!, times, place);
  }
  const queue = new PairQueue();
  for (const [pair, total] of pairCounts) if (total > 0) queue.push(pair, total);

  const merges: [string, string][] = [];
  while (vocabulary.length < size && queue.size > 0) {
    const { pair, count: total } = queue.pop();
    const now = pairCounts.get(pair) ?? 0;
    if (total !== now) {
      // The count has fallen since it was queued: back to its place.
      if (now > 0) queue.push(pair, now);
      continue;
    }
    if (total < 1) break;
    const left = Math.floor(pair / base);
    const right = pair % base;
    const piece = vocabulary[left]! + vocabulary[right]!;
    const id = ids.get(piece) ?? vocabulary.push(piece) - 1;
    ids.set(piece, id);
    merges.push([vocabulary[left]!, vocabulary[right]!]);
    const touched = places.get(pair) ?? new Set();
    places.delete(pair);
    const changed = new Set<number>();
    for (const place of touched) {
      const sequence = sequences[place]!;
      const times = counts[place]!;
      for (let i = 0; i + 1 < sequence.length; i++) {
        if (sequence[i] !== left || sequence[i + 1] !== right) continue;
        if (i > 0) {
          count(sequence[i - 1]! * base + left, -times, place);
          count(sequence[i - 1]! * base + id, times, place);
          changed.add(sequence[i - 1]! * base + id);
        }
        if (i + 2 < sequence.length) {
          count(right * base + sequence[i + 2]!, -times, place);
          count(id * base + sequence[i + 2]!, times, place);
          changed.add(id * base + sequence[i + 2]!);
        }
        sequence.splice(i, 2, id);
      }
    }
    pairCounts.set(pair, 0);
    for (const one of changed) if (pairCounts.get(one)! > 0) queue.push(one, pairCounts.get(one)!);
  }
  return { vocabulary, merges };
};
