import { stream } from '../random/stream.js';
import { logSoftmax } from './log-softmax.js';
import type { DecodeConfig, DecodeRequest } from './options.js';
import { processorsOf } from './options.js';
import type { Scorer } from './scorer.js';

/** Logits of an example's next id, given all that was written before it. */
export type Language = (example: number, written: readonly number[]) => Float32Array;

/** Logits drawn anew for every prefix; `sharpness` is their standard deviation. */
export const randomLanguage =
  (size: number, seed: number, sharpness = 2): Language =>
  (example, written) => {
    const random = stream(seed, 'language', example, ...written);
    return Float32Array.from({ length: size }, () => sharpness * random.normal());
  };

/** A scorer that knows every row's whole past, and so notices a row that was moved wrongly. Example `names[i]` begins in row i. */
export const prefixScorer = (
  size: number,
  language: Language,
  names: readonly number[],
): Scorer & { /** Rows of each call. */ readonly rows: number[] } => {
  let pasts: { readonly example: number; readonly written: readonly number[] }[] = names.map((example) => ({ example, written: [] }));
  const rows: number[] = [];
  return {
    size,
    rows,
    advance(last) {
      if (last.length !== pasts.length) throw new Error(`${last.length} ids for ${pasts.length} rows`);
      // the first call brings the start ids
      if (rows.length > 0) pasts = pasts.map(({ example, written }, row) => ({ example, written: [...written, last[row]!] }));
      rows.push(last.length);
      const logits = new Float32Array(last.length * size);
      pasts.forEach(({ example, written }, row) => {
        logits.set(language(example, written), row * size);
      });
      return logits;
    },
    reorder(chosen) {
      pasts = Array.from(chosen, (row) => pasts[row]!);
    },
  };
};

/** A sequence as the definitions have it. */
export interface Plain {
  readonly ids: number[];
  readonly ended: boolean;
  readonly sum: number;
  readonly length: number;
}

const processed = (config: DecodeConfig, request: DecodeRequest, language: Language, example: number, written: number[]): Float64Array => {
  const logits = language(request.names?.[example] ?? example, written);
  const values = new Float64Array(logits.length);
  logSoftmax(logits, 0, values);
  for (const process of processorsOf(config, request, example)) process(values, written);
  return values;
};

/** Every sequence that may be written: ended within `longest` ids, or cut there. */
export const allSequences = (
  config: DecodeConfig,
  request: DecodeRequest,
  language: Language,
  example: number,
  longest: number,
): Plain[] => {
  const found: Plain[] = [];
  const walk = (written: number[], sum: number): void => {
    processed(config, request, language, example, written).forEach((value, id) => {
      if (value === Number.NEGATIVE_INFINITY) return;
      const length = written.length + 1;
      if (request.endIds.includes(id)) found.push({ ids: written, ended: true, sum: sum + value, length });
      else if (length === longest) found.push({ ids: [...written, id], ended: false, sum: sum + value, length });
      else walk([...written, id], sum + value);
    });
  };
  walk([], 0);
  return found;
};

/** Beam search word by word as it is defined, with every candidate sorted, nothing batched, and no stop before the longest length. */
export const slowBeam = (config: DecodeConfig, request: DecodeRequest, language: Language, example: number, longest: number): Plain[] => {
  let open: { ids: number[]; sum: number }[] = [{ ids: [], sum: 0 }];
  const finished: Plain[] = [];
  for (let length = 1; length <= longest; length++) {
    const candidates = open
      .flatMap(({ ids, sum }) =>
        Array.from(processed(config, request, language, example, ids), (value, id) => ({ parent: ids, id, sum: sum + value })),
      )
      .filter(({ sum }) => sum > Number.NEGATIVE_INFINITY)
      .sort((a, b) => b.sum - a.sum);
    const ends = candidates.slice(0, config.beam).filter(({ id }) => request.endIds.includes(id));
    finished.push(...ends.map(({ parent, sum }) => ({ ids: parent, ended: true, sum, length })));
    open = candidates
      .filter(({ id }) => !request.endIds.includes(id))
      .slice(0, config.beam)
      .map(({ parent, id, sum }) => ({ ids: [...parent, id], sum }));
  }
  return [...finished, ...open.map(({ ids, sum }) => ({ ids, ended: false, sum, length: longest }))];
};

/** What is written, and how it ended, as a comparable name. */
export const nameOf = ({ ids, ended }: { readonly ids: readonly number[]; readonly ended: boolean }): string =>
  `${ids.join(' ')}${ended ? ' .' : ''}`;
