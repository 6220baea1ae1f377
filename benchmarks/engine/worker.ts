// One row on one engine in a process of its own. Says that it is ready, then runs as many repetitions as each line on its input asks for.
import { createInterface } from 'node:readline';
import { tf, useEngine } from '@anyformer/engine';
import { peakMemory } from './memory.js';
import { type Profile, profiled, watchRunnables } from './profile.js';
import type { Row } from './rows.js';
import { workOf } from './work.js';

/** What a worker is started with. */
export interface Assignment {
  readonly row: Row;
  readonly engine: string;
  readonly threads: number;
  /** Whether it will be asked for a profile. */
  readonly profiles: boolean;
}

/** What it answers, a line each. */
export type Answer =
  | { readonly ready: string }
  | { readonly failed: string }
  | { readonly ms: readonly number[]; readonly memory: number }
  | { readonly profile: Profile };

const say = (answer: Answer): boolean => process.stdout.write(`${JSON.stringify(answer)}\n`);

const repeat = async (work: () => Promise<void>, count: number): Promise<number[]> => {
  const ms: number[] = [];
  for (let i = 0; i < count; i++) {
    const started = performance.now();
    await work();
    ms.push(performance.now() - started);
  }
  return ms;
};

try {
  const { row, engine, threads, profiles } = JSON.parse(process.argv[2]!) as Assignment;
  const info = await useEngine({ engine, threads });
  if (profiles) watchRunnables();
  const work = workOf(row);
  say({ ready: `${info.detail}, ${tf.getBackend()}` });
  for await (const line of createInterface({ input: process.stdin })) {
    const [order, count] = line.split(' ');
    if (order === 'profile') say({ profile: await profiled(() => repeat(work, Number(count))) });
    else say({ ms: await repeat(work, Number(count)), memory: peakMemory() });
  }
} catch (error) {
  say({ failed: (error as Error).message });
}
process.exit(0);
