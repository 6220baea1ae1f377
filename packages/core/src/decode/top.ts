/** The best few of many numbers, kept in falling order. Equal numbers keep the order in which they came. */
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
    return this.length < this.capacity ? Number.NEGATIVE_INFINITY : this.values[this.capacity - 1]!;
  }

  /** Puts a number in its place; minus infinity never gets in. */
  add(value: number, key: number): void {
    if (!(value > this.floor)) return;
    let at = this.length < this.capacity ? this.length++ : this.capacity - 1;
    for (; at > 0 && this.values[at - 1]! < value; at--) {
      this.values[at] = this.values[at - 1]!;
      this.keys[at] = this.keys[at - 1]!;
    }
    this.values[at] = value;
    this.keys[at] = key;
  }
}
