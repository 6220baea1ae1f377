import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Command } from '../engine/contestant.js';

/** A step of training: when, by the side's own clock, and how good. */
export interface Point {
  readonly step: number;
  readonly seconds: number;
  readonly loss: number;
}

/** Weights that were saved. */
export interface Saved {
  readonly step: number;
  readonly seconds: number;
  readonly path: string;
}

interface Event {
  readonly type: string;
  readonly step?: number;
  readonly loss?: number;
  readonly path?: string;
}

/** A training process that can be halted, and a clock that runs while it trains. Setting up does not count. */
export class Side {
  readonly name: string;
  readonly points: Point[] = [];
  readonly saved: Saved[] = [];
  readonly ended: Promise<void>;
  over = false;
  readonly #child: ChildProcess;
  #began: number | undefined;
  #seconds = 0;
  #complaint = '';
  readonly #ready: Promise<void>;

  constructor(name: string, { program, args, env }: Command) {
    this.name = name;
    this.#child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stderr!.on('data', (data) => {
      this.#complaint = (this.#complaint + data).slice(-2000);
    });
    let ready: () => void;
    this.#ready = new Promise((resolve) => {
      ready = resolve;
    });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      const event = JSON.parse(line) as Event;
      if (event.type === 'start') {
        this.#began = performance.now();
        ready();
      }
      this.#note(event);
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (code) => {
        this.over = true;
        ready();
        if (code === 0) resolve();
        else reject(new Error(`${name}: ${this.#complaint.trim().split('\n').at(-1) || `ended with ${code}`}`));
      });
    });
  }

  #note({ type, step = 0, loss = Number.NaN, path = '' }: Event): void {
    const seconds = this.#now;
    if (type === 'step') this.points.push({ step, seconds, loss });
    if (type === 'checkpoint') this.saved.push({ step, seconds, path });
  }

  /** Its process. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Seconds of training, from the start to the last step. */
  get seconds(): number {
    return this.points.at(-1)?.seconds ?? 0;
  }

  get #now(): number {
    return this.#seconds + (this.#began === undefined ? 0 : (performance.now() - this.#began) / 1000);
  }

  /** Waits until it begins to train, and halts it there. */
  async prepare(): Promise<void> {
    await Promise.race([this.#ready, this.ended]);
    this.halt();
  }

  /** Stops it where it stands, and its clock. */
  halt(): void {
    this.#seconds = this.#now;
    this.#began = undefined;
    if (!this.over) this.#child.kill('SIGSTOP');
  }

  /** Lets it go on. */
  go(): void {
    this.#began = performance.now();
    if (!this.over) this.#child.kill('SIGCONT');
  }

  /** Ends it. */
  kill(): void {
    if (!this.over) this.#child.kill('SIGKILL');
  }
}

/** Trains all, one at a time, some seconds each in turn, until every one has ended. */
export const inTurns = async (sides: readonly Side[], turnSeconds: number, say: (line: string) => void): Promise<void> => {
  const failed = Promise.all(sides.map(({ ended }) => ended));
  failed.catch(() => {});
  try {
    for (const side of sides) await Promise.race([side.prepare(), failed]);
    for (let turn = 0; sides.some(({ over }) => !over); turn++) {
      const side = sides[turn % sides.length]!;
      if (side.over) continue;
      side.go();
      let timer: NodeJS.Timeout | undefined;
      const passed = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, 1000 * turnSeconds);
      });
      await Promise.race([passed, side.ended, failed]).finally(() => clearTimeout(timer));
      side.halt();
      const last = side.points.at(-1);
      if (last) say(`${side.name}: step ${last.step}, ${side.seconds.toFixed(0)} s, loss ${last.loss.toFixed(3)}`);
    }
    await failed;
  } finally {
    for (const side of sides) side.kill();
  }
};
