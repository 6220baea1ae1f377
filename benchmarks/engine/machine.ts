import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { tf, useEngine } from '@anyformer/engine';

/** Where something was measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  /** Vector instructions that the engines and their opponents choose by. */
  readonly flags: readonly string[];
  readonly platform: string;
  readonly node: string;
  /** Fused multiplications and additions of one core, measured, in GFLOP/s; null where no engine can measure it. */
  readonly peakGflops: number | null;
}

const flags = (): string[] => {
  try {
    const all = new Set(/^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' '));
    return ['avx2', 'fma', 'avx512f', 'avx512_bf16', 'amx_tile', 'asimd', 'sve'].filter((flag) => all.has(flag));
  } catch {
    return [];
  }
};

interface PeakKernels {
  peak_operations?(): number;
  peak_rounds?(rounds: number): number;
}

/** Measures the peak of one core with the native engine, whose vectors are as wide as the machine's. */
const peak = async (): Promise<number | null> => {
  try {
    await useEngine({ engine: 'native', threads: 1 });
  } catch {
    return null;
  }
  const { call } = tf.backend() as unknown as { call: PeakKernels };
  if (!call.peak_operations || !call.peak_rounds) return null;
  const rounds = 1_000_000;
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 20; i++) {
    const started = performance.now();
    call.peak_rounds(rounds);
    best = Math.min(best, performance.now() - started);
  }
  return Number(((rounds * call.peak_operations()) / best / 1e6).toFixed(1));
};

/** Describes this machine. */
export const machine = async (): Promise<Machine> => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memoryGb: Math.round(totalmem() / 2 ** 30),
  flags: flags(),
  platform: `${process.platform}-${process.arch}`,
  node: process.version,
  peakGflops: await peak(),
});
