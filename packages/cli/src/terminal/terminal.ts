import { type BarState, drawBar, plainProgress } from './bar.js';
import { type Colors, colorsOf, wantsBars } from './colors.js';

/** What a terminal writes to: a part of node's streams, so that tests can stand in. */
export interface Sink {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

/** A progress display. `eta` in seconds replaces the one that the bar works out itself. */
export interface Progress {
  update(done: number, extra?: string, eta?: number): void;
  end(): void;
}

/** Raised by `out` when nobody reads any more; ends a command quietly. */
export class ClosedOutput extends Error {}

const redrawEvery = 100;
const firstLineAfter = 2000;
const lineEvery = 10_000;

/** Results on stdout; notes and progress on stderr. A bar stays below whatever is written while it is shown. */
export class Terminal {
  readonly colors: { readonly out: Colors; readonly note: Colors };
  /** Whether bars are drawn. */
  readonly live: boolean;
  readonly #out: Sink;
  readonly #note: Sink;
  #bar: string | undefined;
  readonly #closed = new AbortController();

  constructor(out: Sink, note: Sink, env: Readonly<Record<string, string | undefined>>) {
    this.#out = out;
    this.#note = note;
    this.colors = { out: colorsOf({ isTTY: out.isTTY, env }), note: colorsOf({ isTTY: note.isTTY, env }) };
    this.live = wantsBars({ isTTY: note.isTTY, env });
  }

  /** Nobody reads stdout any more. */
  close(): void {
    this.#closed.abort(new ClosedOutput());
  }

  out(line: string): Promise<void> | void {
    const { signal } = this.#closed;
    signal.throwIfAborted();
    const more = this.#above(() => this.#out.write(`${line}\n`), this.#out.isTTY === true);
    if (more) return;
    return new Promise((resolve, reject) => {
      const closed = (): void => reject(signal.reason);
      signal.addEventListener('abort', closed, { once: true });
      this.#out.once('drain', () => {
        signal.removeEventListener('abort', closed);
        resolve();
      });
    });
  }

  note(line: string): void {
    this.#above(() => this.#note.write(`${line}\n`), true);
  }

  progress(label: string, total: number): Progress {
    const started = performance.now();
    let state: BarState = { label, done: 0, total };
    let shown = this.live ? Number.NEGATIVE_INFINITY : started + firstLineAfter - lineEvery;
    const show = (now: number): void => {
      shown = now;
      if (this.live) this.#draw(drawBar(state, this.#note.columns || 80, this.colors.note));
      else this.note(plainProgress(state));
    };
    if (this.live) show(started);
    return {
      update: (done, extra, eta) => {
        const now = performance.now();
        const passed = (now - started) / 1000;
        state = { label, done, total, extra, eta: eta ?? (done > 0 && passed > 1 ? (passed / done) * (total - done) : undefined) };
        if (now - shown >= (this.live ? redrawEvery : lineEvery)) show(now);
      },
      end: () => {
        this.#draw(undefined);
      },
    };
  }

  #draw(bar: string | undefined): void {
    if (bar === this.#bar) return;
    this.#bar = bar;
    this.#note.write(`\r\x1b[2K${bar ?? ''}`);
  }

  #above<T>(write: () => T, sameScreen: boolean): T {
    const bar = this.#bar;
    if (bar === undefined || !sameScreen) return write();
    this.#draw(undefined);
    try {
      return write();
    } finally {
      this.#draw(bar);
    }
  }
}
