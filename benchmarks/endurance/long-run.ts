import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What a run is like at one moment. */
export interface Look {
  readonly minutes: number;
  readonly step: number;
  /** Alive after that step. */
  readonly tensors: number;
  /** Resident memory in MB of 2^20 bytes, and the most that it has been. */
  readonly rssMb: number;
  readonly peakMb: number;
}

/** Where and how a run trains. */
export interface LongRunOptions {
  readonly engine: string;
  readonly threads: number;
  readonly config: string;
  readonly settings: readonly string[];
  /** The run's own folder. */
  readonly folder: string;
}

/** `anyformer train` in a process of its own, to be looked at now and then. */
export class LongRun {
  readonly engine: string;
  readonly looks: Look[] = [];
  /** The loss of each step. */
  readonly curve: number[] = [];
  /** Fails if the run fails; being stopped is no failure. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  #began = 0;
  #tensors = 0;
  #stopped = false;
  #complaint = '';

  constructor({ engine, threads, config, settings, folder }: LongRunOptions) {
    this.engine = engine;
    const cli = fileURLToPath(new URL('../../../packages/cli/bin/anyformer.js', import.meta.url));
    const options = ['--run', folder, '--engine', engine, '--threads', String(threads), '--json'];
    const args = [cli, 'train', config, ...options, ...settings.flatMap((setting) => ['--set', setting])];
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stderr!.on('data', (data) => {
      this.#complaint = (this.#complaint + data).slice(-2000);
    });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      const event = JSON.parse(line) as { readonly type: string; readonly loss?: number; readonly tensors?: number };
      if (event.type === 'start') this.#began = performance.now();
      if (event.type !== 'step') return;
      this.curve.push(event.loss!);
      this.#tensors = event.tensors!;
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (code) => {
        if (code === 0 || code === 130) resolve();
        else reject(new Error(`${engine}: ${this.#complaint.trim().split('\n').at(-1) || `ended with ${code}`}`));
      });
    });
  }

  /** Looks at the process, if it trains. */
  look(): Look | undefined {
    if (this.curve.length === 0 || this.#child.exitCode !== null) return undefined;
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    const megabytes = (what: string): number => Number(new RegExp(`${what}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
    const minutes = (performance.now() - this.#began) / 60_000;
    const memory = { rssMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM') };
    // A process that has just ended has no memory any more.
    if (Number.isNaN(memory.peakMb)) return undefined;
    const look = { minutes, step: this.curve.length, tensors: this.#tensors, ...memory };
    this.looks.push(look);
    return look;
  }

  /** Lets it save and end. Asked once: what comes while the process is being taken down would kill it. */
  stop(): void {
    if (!this.#stopped && this.#child.exitCode === null) this.#child.kill('SIGTERM');
    this.#stopped = true;
  }
}
