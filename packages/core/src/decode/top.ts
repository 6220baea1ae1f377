/**
 * The best few of many numbers, found in one pass: a heap whose root is the worst that is in. Give keys in rising order: of equal numbers
 * the ones with smaller keys are better. Nothing is allocated after the constructor.
 */
export class Top {
  readonly values: Float64Array;
  readonly keys: Int32Array;
  readonly capacity: number;
  length = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.values = new Float64Array(capacity);
    this.keys = new Int32Array(capacity);
  }

  clear(): void {
    this.length = 0;
  }

  /** What a number must be above to get in. */
  get floor(): number {
    return this.length < this.capacity ? Number.NEGATIVE_INFINITY : this.values[0]!;
  }

  /** Takes a number in if it is above the floor; minus infinity and NaN never are. Not after {@link sort}: {@link clear} first. */
  add(value: number, key: number): void {
    if (!(value > this.floor)) return;
    if (this.length === this.capacity) this.#sink(0, value, key, this.length);
    else this.#rise(this.length++, value, key);
  }

  /** Puts what is in into falling order. */
  sort(): void {
    for (let end = this.length - 1; end > 0; end--) {
      const [value, key] = [this.values[end]!, this.keys[end]!];
      this.#move(0, end);
      this.#sink(0, value, key, end);
    }
  }

  /** Whether what stands at a place is worse than this. */
  #worse(at: number, value: number, key: number): boolean {
    const own = this.values[at]!;
    return own < value || (own === value && this.keys[at]! > key);
  }

  #move(from: number, to: number): void {
    this.values[to] = this.values[from]!;
    this.keys[to] = this.keys[from]!;
  }

  #put(at: number, value: number, key: number): void {
    this.values[at] = value;
    this.keys[at] = key;
  }

  #rise(from: number, value: number, key: number): void {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#worse(above, value, key)) break;
      this.#move(above, at);
      at = above;
    }
    this.#put(at, value, key);
  }

  #sink(from: number, value: number, key: number, length: number): void {
    let at = from;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= length) break;
      if (below + 1 < length && this.#worse(below + 1, this.values[below]!, this.keys[below]!)) below += 1;
      if (!this.#worse(below, value, key)) break;
      this.#move(below, at);
      at = below;
    }
    this.#put(at, value, key);
  }
}
