import type { Profile } from './profile.js';
import type { Result } from './results.js';

const aligned = (lines: readonly (readonly string[])[]): string => {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) => line.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  '))
    .join('\n');
};

const number = (value: number | null, digits = 0): string => (value === null ? '-' : value.toFixed(digits));
const time = (value: number | null): string => number(value, value !== null && value < 100 ? 1 : 0);

/** Results for people to read. */
export const resultTable = (results: readonly Result[]): string => {
  const head = [
    'row',
    'engine',
    'threads',
    'ms',
    'PyTorch',
    'ORT',
    'CT2',
    'ratio',
    'of best',
    'to',
    'GFLOP/s',
    'of peak',
    'speedup',
    'PyTorch’s',
    'MB',
    'PyTorch MB',
    'others',
  ];
  const lines = results.map((one) => [
    one.row,
    one.engine,
    String(one.threads),
    time(one.ms),
    time(one.torchMs),
    time(one.ortMs),
    time(one.ct2Ms),
    number(one.ratio, 2),
    number(one.minRatio, 2),
    one.bestOther ?? '-',
    number(one.gflops, 1),
    one.peakShare === null ? '-' : `${(100 * one.peakShare).toFixed(0)} %`,
    number(one.speedup, 2),
    number(one.torchSpeedup, 2),
    number(one.rssMb),
    number(one.torchRssMb),
    one.othersUse === null ? '-' : `${(100 * one.othersUse).toFixed(0)} %`,
  ]);
  const reasons = results.flatMap(({ row, engine, reason }) => (reason ? [`${row}, ${engine}: ${reason}`] : []));
  return [aligned([head, ...lines]), ...reasons].join('\n');
};

/** A profile for people to read: what takes the longest first. */
export const profileTable = (title: string, profile: Profile, most = 40): string => {
  const shown = profile.calls
    .slice(0, most)
    .map((call) => [
      call.name,
      number(call.calls, Number.isInteger(call.calls) ? 0 : 1),
      number(call.ms, 2),
      `${(100 * call.share).toFixed(1)} %`,
      number(call.gflops, 1),
    ]);
  const outside = [
    '(outside the engine, js: included)',
    '',
    number(profile.ms * profile.outside, 2),
    `${(100 * profile.outside).toFixed(1)} %`,
    '',
  ];
  return `${title}: ${profile.ms.toFixed(1)} ms\n${aligned([['call', 'calls', 'ms', 'share', 'GFLOP/s'], ...shown, outside])}`;
};
