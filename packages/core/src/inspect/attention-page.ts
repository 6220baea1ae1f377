import { AnyformerError } from '@anyformer/engine';
import { attentionDrawing } from './attention-drawing.js';
import type { AttentionMap, AttentionPageData } from './attention-map.js';
import { attentionScript } from './attention-script.js';
import { attentionStyle } from './attention-style.js';

/** What an attention page shows. */
export interface AttentionPageOptions {
  readonly title: string;
  /** A line under the title, such as the input and what became of it. */
  readonly note?: string | undefined;
  readonly maps: readonly AttentionMap[];
  /** What is picked out at first; the first kind's last layer, all heads and no row unless said. */
  readonly open?:
    | {
        /** A part of the paths of a kind, such as `encoder/` or `cross-attention`. */
        readonly path?: string | undefined;
        readonly layer?: number | undefined;
        readonly head?: number | undefined;
        /** A row by its place or its label: words are compared, in any case. */
        readonly row?: number | string | undefined;
      }
    | undefined;
}

const escaped = (given: string): string =>
  given.replace(/[&<>"']/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[sign]!);

/** Bytes as base64, without anything of Node. */
const base64 = (bytes: Uint8Array): string => {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
};

const kindOf = (path: string): string => path.replace(/\bblock\d+\//, '');

/** A kind of attention in words. */
const groupOf = (kind: string): AttentionPageData['groups'][number] => {
  if (kind.endsWith('cross-attention')) return { title: 'Decoder to encoder', rows: 'writes', columns: 'input', verb: 'Writing' };
  if (kind.startsWith('decoder/')) return { title: 'Decoder', rows: 'writes', columns: 'written so far', verb: 'Writing' };
  return { title: kind.startsWith('encoder/') ? 'Encoder' : kind, rows: 'input', columns: 'input', verb: 'Reading' };
};

const words = (label: string): string[] =>
  label
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');

/** Place of a label: the very same one, else the first with the same words, else the first that has them among its words. */
const placeOf = (labels: readonly string[], wanted: number | string): number => {
  if (typeof wanted === 'number') return wanted < labels.length ? wanted : -1;
  const exact = labels.indexOf(wanted);
  const own = words(wanted).join(' ');
  if (exact >= 0 || own === '') return exact;
  const alike = labels.findIndex((label) => words(label).join(' ') === own);
  return alike >= 0 ? alike : labels.findIndex((label) => ` ${words(label).join(' ')} `.includes(` ${own} `));
};

const dataOf = ({ maps, open = {} }: AttentionPageOptions): AttentionPageData => {
  const sequences = new Map<string, number>();
  const labels: (readonly string[])[] = [];
  const place = (sequence: readonly string[]): number => {
    const key = JSON.stringify(sequence);
    const known = sequences.get(key);
    if (known !== undefined) return known;
    sequences.set(key, labels.length);
    return labels.push(sequence) - 1;
  };
  const kinds = [...new Set(maps.map(({ path }) => kindOf(path)))];
  const packed = maps.map(({ path, heads, rows, columns, weights }, i) => {
    if (weights.length !== heads * rows.length * columns.length)
      throw new AnyformerError({
        code: 'inspect/map',
        who: `The attention map '${path}'`,
        given: `${weights.length} weights`,
        accepted: `${heads} heads x ${rows.length} rows x ${columns.length} columns`,
      });
    const kind = kindOf(path);
    return {
      group: kinds.indexOf(kind),
      layer: maps.slice(0, i).filter((other) => kindOf(other.path) === kind).length,
      heads,
      rows: place(rows),
      columns: place(columns),
      weights: base64(Uint8Array.from(weights, (weight) => Math.round(255 * Math.min(1, Math.max(0, weight))))),
    };
  });
  const wantedPath = open.path;
  const fits = kinds.map((kind, group) => {
    const first = packed.find((map) => map.group === group)!;
    const row = open.row === undefined ? -1 : placeOf(labels[first.rows]!, open.row);
    const asked =
      wantedPath === undefined ||
      `${kind}/`.includes(wantedPath) ||
      maps.some(({ path }) => kindOf(path) === kind && path.includes(wantedPath));
    return { group, row, asked };
  });
  const chosen =
    fits.find(({ asked, row }) => asked && row >= 0) ?? fits.find(({ asked }) => asked) ?? fits.find(({ row }) => row >= 0) ?? fits[0]!;
  const layers = packed.filter(({ group }) => group === chosen.group);
  const layer = Math.min(open.layer ?? layers.length - 1, layers.length - 1);
  const all = Array.from({ length: layers[layer]!.heads }, (_, head) => head);
  return {
    labels,
    groups: kinds.map(groupOf),
    maps: packed,
    start: {
      group: chosen.group,
      layer,
      heads: open.head !== undefined && open.head < all.length ? [open.head] : all,
      row: chosen.row >= 0 ? chosen.row : null,
    },
  };
};

/**
 * One self-contained HTML file: every layer and head of every kind of attention, by hovering, clicking or keys. It loads nothing, and knows
 * labels only. Weights are kept to 1/255.
 */
export const attentionPage = (options: AttentionPageOptions): string => {
  if (options.maps.length === 0)
    throw new AnyformerError({ code: 'inspect/no-maps', who: 'attentionPage', given: 'no attention maps', accepted: 'one or more' });
  const data = JSON.stringify(dataOf(options)).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escaped(options.title)}</title>
<style>${attentionStyle}</style>
</head>
<body>
<header>
<div><h1>${escaped(options.title)}</h1>${options.note ? `<p class="note">${escaped(options.note)}</p>` : ''}</div>
<button id="theme" type="button" aria-label="Light or dark" title="Light or dark (d)">&#9680;</button>
</header>
<nav aria-label="What is shown">
<div class="choice" id="groups" role="group" aria-label="Kind of attention"></div>
<div class="choice"><span class="name">Layer</span><div id="layers" role="group" aria-label="Layer"></div></div>
<div class="choice"><span class="name">Heads</span><div id="heads" role="group" aria-label="Heads"></div></div>
</nav>
<p id="caption" aria-live="polite"></p>
<main>
<section class="lines" aria-label="Where each label looks">
<div class="side"><h2 id="from"></h2><ul id="rows"></ul></div>
<canvas id="lines" aria-hidden="true"></canvas>
<div class="side"><h2 id="to"></h2><ul id="columns"></ul></div>
</section>
<section class="maps">
<h2 id="matrix-title">Map</h2>
<canvas id="matrix" role="img" aria-labelledby="matrix-title"></canvas>
<h2>All layers and heads</h2>
<div id="overview"></div>
</section>
</main>
<footer><kbd>&uarr;</kbd> <kbd>&darr;</kbd> label &ensp; <kbd>&larr;</kbd> <kbd>&rarr;</kbd> layer &ensp; <kbd>1</kbd>&hairsp;&ndash;&hairsp;<kbd>9</kbd> head &ensp; <kbd>0</kbd> all heads &ensp; <kbd>a</kbd> kind of attention &ensp; <kbd>Esc</kbd> let go &ensp; <kbd>d</kbd> dark</footer>
<noscript>This page draws with JavaScript, which is switched off here.</noscript>
<script type="application/json" id="data">${data}</script>
<script>(${attentionScript})(JSON.parse(document.getElementById('data').textContent), (${attentionDrawing})());</script>
</body>
</html>
`;
};
