import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';

/** How a contestant is started. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** What a contestant may answer. */
interface Reply {
  readonly ready?: string;
  readonly failed?: string;
  readonly ms?: readonly number[];
  readonly memory?: number;
  readonly profile?: unknown;
}

/** Longest silence: a compiler may think for minutes, nothing else does. */
const patience = 15 * 60_000;

/** A process that does one row's work on command, and sleeps between commands. */
export class Contestant {
  /** Peak memory so far in MB. */
  memory = 0;
  /** What it says of itself. */
  detail = '';
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: Interface;
  readonly #replies: AsyncIterator<string>;
  #complaint = '';

  private constructor({ program, args, env }: Command) {
    this.#child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#lines = createInterface({ input: this.#child.stdout });
    this.#replies = this.#lines[Symbol.asyncIterator]();
    this.#child.on('error', (error) => {
      this.#complaint = error.message;
      this.#lines.close();
    });
    // What is written to one that has died is an error of its own; its last words say more.
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.on('data', (data) => {
      this.#complaint = (this.#complaint + data).slice(-4000);
    });
  }

  /** Starts one and waits until it is ready. Throws where it does not get there, with its last words. */
  static async start(command: Command): Promise<Contestant> {
    const contestant = new Contestant(command);
    contestant.detail = (await contestant.#reply()).ready ?? '';
    return contestant;
  }

  /** Its process. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Has it do its work so many times: milliseconds of each. */
  async turn(count: number): Promise<readonly number[]> {
    const { ms = [], memory = 0 } = await this.#ask(`turn ${count}`);
    this.memory = Math.max(this.memory, memory);
    return ms;
  }

  /** The same with a look at where the time goes. */
  async profile<Profile>(count: number): Promise<Profile> {
    return (await this.#ask(`profile ${count}`)).profile as Profile;
  }

  #ask(order: string): Promise<Reply> {
    this.#child.stdin.write(`${order}\n`);
    return this.#reply();
  }

  async #reply(): Promise<Reply> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), patience);
    try {
      for (;;) {
        const { value, done } = await this.#replies.next();
        if (done) throw new Error(await this.#lastWords());
        // Libraries print to the same stream what they please.
        if (!value.startsWith('{')) continue;
        const reply = JSON.parse(value) as Reply;
        if (reply.failed === undefined) return reply;
        throw new Error(reply.failed);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async #lastWords(): Promise<string> {
    if (this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    const said = this.#complaint.trim().split('\n').at(-1);
    return said || `ended with ${this.#child.signalCode ?? `code ${this.#child.exitCode}`}`;
  }

  /** Ends it and waits until its memory is free. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
