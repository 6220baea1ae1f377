import type { Colors } from './colors.js';
import { duration } from './duration.js';
import { widthOf } from './table.js';

/** What a bar shows. */
export interface BarState {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** Seconds to the end, where known. */
  readonly eta?: number | undefined;
  readonly extra?: string | undefined;
}

const cells = 24;

const cut = (text: string, width: number): string =>
  widthOf(text) <= width ? text : `${[...text].slice(0, Math.max(0, width - 1)).join('')}…`;

const known = (eta: number | undefined): eta is number => eta !== undefined && !Number.isNaN(eta);

/** One line: label, bar, share, steps, ETA, more. It gives up the end of `extra`, then the bar, before it is wider than `columns`. */
export const drawBar = ({ label, done, total, eta, extra }: BarState, columns: number, colors: Colors): string => {
  const share = total > 0 ? Math.min(1, done / total) : 0;
  const full = Math.round(share * cells);
  const percent = `${String(Math.floor(share * 100)).padStart(3)}%`;
  const time = known(eta) && done < total ? ` · ETA ${duration(eta)}` : '';
  const plain = `${label} ${percent} ${done}/${total}${time}`;
  const room = columns - 1 - widthOf(plain);
  if (room < cells + 1) return cut(plain, columns - 1);
  const bar = `${colors.cyan('━'.repeat(full))}${colors.dim('━'.repeat(cells - full))}`;
  const left = room - cells - 1 - 3;
  const more = extra && left > 4 ? colors.dim(` · ${cut(extra, left)}`) : '';
  return `${label} ${bar} ${percent} ${done}/${total}${time}${more}`;
};

/** The same as a plain line for logs. */
export const plainProgress = ({ label, done, total, eta, extra }: BarState): string =>
  [`${label} ${done}/${total}`, known(eta) && done < total ? `ETA ${duration(eta)}` : '', extra ?? ''].filter(Boolean).join(' · ');
