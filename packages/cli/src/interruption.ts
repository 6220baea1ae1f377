const signals = ['SIGINT', 'SIGTERM'] as const;

/** What an interrupted command ends with, whatever interrupted it. */
const interrupted = 130;

/** npm passes a terminal's Ctrl-C on to a process that got it already: a second signal counts from here on, in milliseconds. */
const echo = 500;

/** The first Ctrl-C (or SIGTERM) asks the command to save and stop, the second one kills. */
export class Interruption {
  /** How the process ends once it was interrupted. */
  exit: number | undefined;
  readonly #controller = new AbortController();
  readonly #listeners: (() => void)[] = [];

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Listens to the process. `told` is called at the first signal, `kill` at the second. */
  listen(told: (signal: string) => void, kill: (exit: number) => void): void {
    let first = 0;
    for (const name of signals) {
      const listener = (): void => {
        const now = performance.now();
        if (this.exit === undefined) {
          first = now;
          this.exit = interrupted;
          told(name);
          this.#controller.abort();
        } else if (now - first > echo) kill(this.exit);
      };
      process.on(name, listener);
      this.#listeners.push(() => process.off(name, listener));
    }
  }

  /** Asks the command to stop without counting as interrupted, as when nobody reads its results any more. */
  stop(): void {
    this.#controller.abort();
  }

  /** Leaves the signals to node again. */
  release(): void {
    for (const stop of this.#listeners) stop();
  }
}
