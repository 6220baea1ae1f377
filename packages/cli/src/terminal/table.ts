import { stripVTControlCharacters } from 'node:util';

/** How a column stands. */
export type Align = 'left' | 'right';

/** Characters of a text as a terminal counts them, near enough: without colour codes. */
export const widthOf = (text: string): number => [...stripVTControlCharacters(text)].length;

const pad = (text: string, width: number, align: Align): string => {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'right' ? space + text : text + space;
};

/** Rows as aligned columns, two spaces between them and a head where one is given. Numbers belong to the right. */
export const table = (
  rows: readonly (readonly string[])[],
  { head, align = [], indent = 2 }: { readonly head?: readonly string[]; readonly align?: readonly Align[]; readonly indent?: number } = {},
): string => {
  const all = head ? [head, ...rows] : rows;
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  const line = (row: readonly string[]): string =>
    `${' '.repeat(indent)}${row.map((cell, column) => pad(cell, widths[column] ?? 0, align[column] ?? 'left')).join('  ')}`.trimEnd();
  const rule = widths.map((width) => '─'.repeat(width));
  return (head ? [head, rule, ...rows] : rows).map(line).join('\n');
};
