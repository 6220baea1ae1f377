import test from 'ava';
import type { AttentionMap, AttentionPageData } from './attention-map.js';
import { attentionPage } from './attention-page.js';

const map = (path: string, rows: readonly string[], columns: readonly string[], heads = 2): AttentionMap => ({
  path,
  heads,
  rows,
  columns,
  weights: Float32Array.from({ length: heads * rows.length * columns.length }, (_, i) => ((i * 37) % 101) / 100),
});
const read = ['The', '▁big▁dog▁', 'said', '▁it', '</script>', '<b>&"'];
const written = ['er', 'It', '."'];
const maps = [
  map('encoder/block0/attention', read, read),
  map('encoder/block1/attention', read, read),
  map('decoder/block0/self-attention', written, ['<s>', ...written.slice(1)]),
  map('decoder/block0/cross-attention', written, read),
  map('decoder/block1/self-attention', written, ['<s>', ...written.slice(1)]),
  map('decoder/block1/cross-attention', written, read),
];

const dataOf = (page: string): AttentionPageData =>
  JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)![1]!);

test('every layer and head is in the page, to a 255th', (t) => {
  const data = dataOf(attentionPage({ title: 'x', maps }));
  t.deepEqual(
    data.groups.map(({ title }) => title),
    ['Encoder', 'Decoder', 'Decoder to encoder'],
  );
  t.is(data.labels.length, 3);
  for (const [i, given] of maps.entries()) {
    const packed = data.maps[i]!;
    t.deepEqual([data.labels[packed.rows], data.labels[packed.columns], packed.heads], [given.rows, given.columns, given.heads]);
    t.is(packed.layer, Number(/block(\d)/.exec(given.path)![1]));
    const bytes = Uint8Array.from(atob(packed.weights), (sign) => sign.charCodeAt(0));
    t.is(bytes.length, given.weights.length);
    t.true(bytes.every((byte, at) => Math.abs(byte / 255 - given.weights[at]!) <= 0.5 / 255 + 1e-7));
  }
});

test('nothing leaves its place: labels, titles and notes are data', (t) => {
  const page = attentionPage({ title: '</title><script>alert(1)</script>', note: `a "b" & 'c' <i>`, maps });
  // the data, the program, and no more
  t.is(page.match(/<script/g)!.length, 2);
  t.is(page.match(/<\/script>/g)!.length, 2);
  t.true(page.includes('<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;</title>'));
  t.true(page.includes('<p class="note">a &quot;b&quot; &amp; &#39;c&#39; &lt;i&gt;</p>'));
  t.deepEqual(dataOf(page).labels[0], read);
});

test('the page needs nothing from elsewhere, and its program is one', (t) => {
  const page = attentionPage({ title: 'x', maps });
  t.notRegex(page, /https?:|\bsrc=|url\(|@import|<link|\bimport\s*\(|fetch\(/);
  t.regex(page, /default-src 'none'/);
  const program = /<script>(.*?)<\/script>/s.exec(page)![1]!;
  t.notThrows(() => new Function(program));
  // every id that the program asks for is there
  for (const [, id] of program.matchAll(/byId\('([a-z-]+)'\)/g)) t.true(page.includes(`id="${id}"`), id);
});

test('a page opens where it is asked to: a kind, a layer, a head, a row by its letters', (t) => {
  const start = (open?: Parameters<typeof attentionPage>[0]['open']) => dataOf(attentionPage({ title: 'x', maps, open })).start;
  t.deepEqual(start(), { group: 0, layer: 1, heads: [0, 1], row: null });
  t.deepEqual(start({ row: 'it' }), { group: 0, layer: 1, heads: [0, 1], row: 3 });
  t.is(start({ row: 'dog' }).row, 1);
  t.is(start({ row: 'do' }).row, null);
  t.deepEqual(start({ row: 'It' }), { group: 0, layer: 1, heads: [0, 1], row: 3 });
  t.deepEqual(start({ row: 'it', path: 'cross-attention', layer: 0, head: 1 }), { group: 2, layer: 0, heads: [1], row: 1 });
  t.deepEqual(start({ row: 'er' }), { group: 1, layer: 1, heads: [0, 1], row: 0 });
  t.deepEqual(start({ path: 'decoder/block1/self', row: 2 }), { group: 1, layer: 1, heads: [0, 1], row: 2 });
  t.deepEqual(start({ row: 'nowhere', layer: 9, head: 9 }), { group: 0, layer: 1, heads: [0, 1], row: null });
});

test('maps that are none are said', (t) => {
  t.throws(() => attentionPage({ title: 'x', maps: [] }), { message: /no attention maps/ });
  const short = { ...maps[0]!, weights: new Float32Array(3) };
  t.throws(() => attentionPage({ title: 'x', maps: [short] }), {
    message: /encoder\/block0\/attention.*3 weights.*2 heads x 6 rows x 6 columns/,
  });
});
