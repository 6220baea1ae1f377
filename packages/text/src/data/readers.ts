import { AnyformerError } from '@anyformer/core';
import { badLine, type Line, linesOf } from './lines.js';
import type { Place } from './pair.js';

/** A pair as read, and where it was. */
export interface Located extends Place {
  readonly source: string;
  readonly target: string;
}

/** One file per side, line by line. */
export async function* aligned(source: string, target: string): AsyncGenerator<Located> {
  const files = { source, target };
  const sides = [linesOf(source), linesOf(target)] as const;
  try {
    for (let line = 1; ; line++) {
      const [a, b] = await Promise.all(sides.map((side) => side.next() as Promise<IteratorResult<Line, undefined>>));
      if (a!.done && b!.done) return;
      if (a!.done || b!.done) {
        const [short, long, rest] = a!.done ? [source, target, sides[1]] : [target, source, sides[0]];
        let count = line;
        for await (const { number } of rest) count = number;
        throw new AnyformerError({
          code: 'data/line-count',
          who: `${long}:${line}`,
          given: `a line without a partner: ${count} lines here, ${line - 1} in ${short}`,
          accepted: 'two files with as many lines, line by line the same text in both languages',
          exit: 2,
        });
      }
      yield { source: a!.value!.text, target: b!.value!.text, files, line };
    }
  } finally {
    for (const side of sides) await side.return(undefined);
  }
}

/** A column by its number, from 1 on, or by its name in the first line. */
export type Column = number | string;

/** Two columns of a file with tabs between them. With names, the first line is a header. */
export async function* tsv(file: string, columns: { readonly source: Column; readonly target: Column }): AsyncGenerator<Located> {
  const files = { source: file, target: file };
  const named = typeof columns.source === 'string' || typeof columns.target === 'string';
  let places: readonly number[] = [Number(columns.source) - 1, Number(columns.target) - 1];
  for await (const { text, number } of linesOf(file)) {
    const cells = text.split('\t');
    if (named && number === 1) {
      places = [columns.source, columns.target].map((column) => {
        const place = typeof column === 'number' ? column - 1 : cells.indexOf(column);
        if (place < 0) throw badLine(file, 1, `no column '${column}'`, cells.join(', '));
        return place;
      });
      continue;
    }
    const [source, target] = places.map((place) => cells[place]);
    if (source === undefined || target === undefined)
      throw badLine(file, number, `${cells.length} columns`, `at least ${Math.max(...places) + 1}, with tabs between them`);
    yield { source, target, files, line: number };
  }
}

/** Two fields of a file with a JSON object per line; a path such as `translation.de` goes into objects. */
export async function* jsonl(file: string, fields: { readonly source: string; readonly target: string }): AsyncGenerator<Located> {
  const files = { source: file, target: file };
  for await (const { text, number } of linesOf(file)) {
    let held: unknown;
    try {
      held = JSON.parse(text);
    } catch {
      throw badLine(file, number, 'no JSON', 'one JSON object per line');
    }
    const field = (path: string): string => {
      const value = path.split('.').reduce<any>((object, key) => object?.[key], held);
      if (typeof value === 'string') return value;
      throw badLine(file, number, `no text at ${path}`, `a field ${path} with a text`);
    };
    yield { source: field(fields.source), target: field(fields.target), files, line: number };
  }
}
