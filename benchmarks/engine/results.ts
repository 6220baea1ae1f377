import type { Match, Outcome } from './match.js';
import { operations } from './operations.js';
import type { Row } from './rows.js';

/** One line of the table: one engine of ours at one row. Times in milliseconds, memory in MB of 2^20 bytes. */
export interface Result {
  readonly row: string;
  readonly engine: string;
  readonly threads: number;
  readonly ms: number | null;
  /** The best of PyTorch's forms. */
  readonly torchMs: number | null;
  /** Our time by the best of the others'. */
  readonly ratio: number | null;
  readonly rssMb: number | null;
  /** Of the form that was the quickest. */
  readonly torchRssMb: number | null;
  readonly ortMs: number | null;
  readonly ct2Ms: number | null;
  readonly bestOther: string | null;
  /** The same of the quickest repetitions: what noise touches least. */
  readonly minRatio: number | null;
  /** By the matrix products that any implementation has to do. */
  readonly gflops: number | null;
  /** Share of what all threads together could do at best. */
  readonly peakShare: number | null;
  readonly repetitions: number;
  /** Share of the machine that other processes used meanwhile: above some percent the figures are not to be trusted. */
  readonly othersUse: number | null;
  readonly others: Readonly<Record<string, { readonly ms: number | null; readonly rssMb: number | null; readonly reason?: string }>>;
  /** What this number of threads gains over the smallest one of the same run: times; null where there is only one number. */
  readonly speedup: number | null;
  /** The same of PyTorch. */
  readonly torchSpeedup: number | null;
  /** Why there is no time. */
  readonly reason?: string;
}

const rounded = (value: number | null, digits: number): number | null => (value === null ? null : Number(value.toFixed(digits)));

/** The smaller of two figures that may be missing. */
const least = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.min(...known);
};

const quickest = (outcomes: readonly Outcome[]): (Outcome & { readonly ms: number }) | undefined =>
  outcomes
    .filter((outcome): outcome is Outcome & { readonly ms: number } => outcome.ms !== null)
    .sort((a, b) => a.ms - b.ms)
    .at(0);

/** Puts one of our outcomes beside the others'. */
export const resultOf = (
  { row, threads, peakGflops }: { readonly row: Row; readonly threads: number; readonly peakGflops: number | null },
  ours: Outcome,
  others: readonly Outcome[],
  { othersUse }: Match,
): Result => {
  const torch = quickest(others.filter(({ name }) => name.startsWith('torch')));
  const best = quickest(others);
  const msOf = (name: string): number | null => rounded(others.find((one) => one.name === name)?.ms ?? null, 2);
  const bestMin = least(others.map(({ minMs }) => minMs));
  const gflops = ours.ms === null ? null : operations(row) / ours.ms / 1e6;
  return {
    row: row.row,
    engine: ours.name,
    threads,
    ms: rounded(ours.ms, 2),
    torchMs: rounded(torch?.ms ?? null, 2),
    ratio: rounded(ours.ms !== null && best ? ours.ms / best.ms : null, 3),
    rssMb: rounded(ours.rssMb, 0),
    torchRssMb: rounded(torch?.rssMb ?? null, 0),
    ortMs: msOf('onnxruntime'),
    ct2Ms: msOf('ctranslate2'),
    bestOther: best?.name ?? null,
    minRatio: rounded(ours.minMs !== null && bestMin !== null ? ours.minMs / bestMin : null, 3),
    gflops: rounded(gflops, 1),
    peakShare: rounded(gflops !== null && peakGflops !== null ? gflops / (peakGflops * threads) : null, 3),
    repetitions: ours.repetitions,
    othersUse: rounded(othersUse, 2),
    others: Object.fromEntries(
      others.map(({ name, ms, rssMb, reason }) => [name, { ms: rounded(ms, 2), rssMb: rounded(rssMb, 0), ...(reason && { reason }) }]),
    ),
    speedup: null,
    torchSpeedup: null,
    ...(ours.reason !== undefined && { reason: ours.reason }),
  };
};

/** The results of one row with what more threads gain. */
export const withSpeedups = (results: readonly Result[]): Result[] =>
  results.map((one) => {
    const fewest = results.filter(({ engine }) => engine === one.engine).reduce((a, b) => (b.threads < a.threads ? b : a));
    const gain = (few: number | null, many: number | null): number | null =>
      fewest.threads < one.threads && few !== null && many !== null ? rounded(few / many, 2) : null;
    return { ...one, speedup: gain(fewest.ms, one.ms), torchSpeedup: gain(fewest.torchMs, one.torchMs) };
  });
