/** How fast a run goes, over its last seconds; pauses for evaluation and saving do not count. */
export class Pace {
  readonly #steps: { readonly seconds: number; readonly positions: number }[] = [];
  #last = performance.now();

  /** Counts a step with so many positions that ended just now. */
  add(positions: number): void {
    const now = performance.now();
    this.#steps.push({ seconds: (now - this.#last) / 1000, positions });
    if (this.#steps.length > 50) this.#steps.shift();
    this.#last = now;
  }

  /** What went on since the last step was not training. */
  pause(): void {
    this.#last = performance.now();
  }

  get #seconds(): number {
    return this.#steps.reduce((sum, { seconds }) => sum + seconds, 0);
  }

  /** Positions per second. */
  get rate(): number {
    return this.#steps.reduce((sum, { positions }) => sum + positions, 0) / Math.max(this.#seconds, 1e-9);
  }

  /** Seconds that so many more steps take. */
  eta(steps: number): number {
    return (steps * this.#seconds) / Math.max(1, this.#steps.length);
  }
}
