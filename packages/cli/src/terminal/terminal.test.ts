import { stripVTControlCharacters } from 'node:util';
import test from 'ava';
import { drawBar, plainProgress } from './bar.js';
import { colorsOf, wantsBars, wantsColor } from './colors.js';
import { bytes, count, duration } from './duration.js';
import { linesOf } from './lines.js';
import { sparkline } from './sparkline.js';
import { table, widthOf } from './table.js';
import { ClosedOutput, Terminal } from './terminal.js';

const sink = (isTTY: boolean): { isTTY: boolean; columns: number; text: string; write(text: string): boolean; once(): void } => ({
  isTTY,
  columns: 80,
  text: '',
  write(text) {
    this.text += text;
    return true;
  },
  once: () => undefined,
});

const plain = colorsOf({ isTTY: false, env: {} });

test('colours: NO_COLOR wins, FORCE_COLOR forces, a dumb terminal has none', (t) => {
  t.true(wantsColor({ isTTY: true, env: {} }));
  t.false(wantsColor({ isTTY: false, env: {} }));
  t.false(wantsColor({ isTTY: true, env: { NO_COLOR: '1', FORCE_COLOR: '1' } }));
  t.true(wantsColor({ isTTY: false, env: { FORCE_COLOR: '1' } }));
  t.false(wantsColor({ isTTY: true, env: { FORCE_COLOR: '0' } }));
  t.false(wantsColor({ isTTY: true, env: { TERM: 'dumb' } }));
});

test('bars need a terminal that is not dumb, outside CI', (t) => {
  t.true(wantsBars({ isTTY: true, env: { TERM: 'xterm', NO_COLOR: '1' } }));
  t.false(wantsBars({ isTTY: false, env: { FORCE_COLOR: '1' } }));
  t.false(wantsBars({ isTTY: true, env: { TERM: 'dumb' } }));
  t.false(wantsBars({ isTTY: true, env: { CI: 'true' } }));
});

test('a bar fits its terminal, whatever its width', (t) => {
  const state = { label: 'step', done: 450, total: 900, eta: 65, extra: 'loss 1.234 · rate 1.0e-3 · norm 0.50 · 12.3 k positions/s' };
  for (let columns = 10; columns < 160; columns++) t.true(widthOf(drawBar(state, columns, plain)) < columns, String(columns));
  t.regex(drawBar(state, 120, plain), /^step ━{24} {2}50% 450\/900 · ETA 1:05 · loss 1\.234 .*positions\/s$/);
  t.is(plainProgress(state), 'step 450/900 · ETA 1:05 · loss 1.234 · rate 1.0e-3 · norm 0.50 · 12.3 k positions/s');
});

test('what is written while a bar is shown stands above it', (t) => {
  const [out, note] = [sink(true), sink(true)];
  const terminal = new Terminal(out, note, { TERM: 'xterm' });
  const bar = terminal.progress('step', 10);
  terminal.note('hello');
  t.regex(note.text.replaceAll('\r\x1b[2K', '<clear>'), /^<clear>step .*<clear>hello\n<clear>step /);
  bar.end();
  t.true(note.text.endsWith('\r\x1b[2K'));
  t.is(out.text, '');
});

test('without a terminal there are no control codes, and a short job shows no progress', (t) => {
  const [out, note] = [sink(false), sink(false)];
  const terminal = new Terminal(out, note, {});
  const bar = terminal.progress('step', 10);
  for (let i = 1; i <= 10; i++) bar.update(i, 'loss 1');
  bar.end();
  terminal.note('done');
  t.is(note.text, 'done\n');
});

test('once nobody reads, out ends the command', async (t) => {
  const terminal = new Terminal(sink(false), sink(false), {});
  terminal.close();
  t.throws(() => terminal.out('x'), { instanceOf: ClosedOutput });
  const full = new Terminal({ ...sink(false), write: () => false }, sink(false), {});
  const waiting = full.out('x');
  full.close();
  await t.throwsAsync(Promise.resolve(waiting), { instanceOf: ClosedOutput }, 'what waits for room is told');
});

test('times, counts, sizes', (t) => {
  t.deepEqual([0, 59.4, 65, 3725, Number.NaN].map(duration), ['0 s', '59 s', '1:05', '1:02:05', '?']);
  t.deepEqual([0, 999, 1000, 64_123, 999_999, 1.5e9, 0.25].map(count), ['0', '999', '1 k', '64.1 k', '1 M', '1.5 G', '0.25']);
  t.deepEqual([0, 1023, 1536, 25e9].map(bytes), ['0 B', '1023 B', '1.5 KiB', '23.3 GiB']);
});

test('a table aligns, whatever is coloured', (t) => {
  const { bold } = colorsOf({ isTTY: true, env: {} });
  const rows = [
    [bold('a'), '1'],
    ['bcd', '20'],
  ];
  const drawn = table(rows, { head: ['x', 'n'], align: ['left', 'right'], indent: 0 });
  t.is(stripVTControlCharacters(drawn), 'x     n\n───  ──\na     1\nbcd  20');
});

test('a sparkline goes from high to low, and stands a constant', (t) => {
  t.is(sparkline([3, 2, 1], 10), '█▅▁');
  t.is(sparkline([1, 1], 10), '▁▁');
  t.is(
    sparkline(
      Array.from({ length: 1000 }, (_, i) => -i),
      5,
    ).length,
    5,
  );
  t.is(sparkline([Number.NaN]), '');
});

const gathered = async (lines: AsyncIterable<string>): Promise<string[]> => {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
};

async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

test('lines end at \\n or \\r\\n and nothing else, wherever the chunks are cut', async (t) => {
  t.deepEqual(await gathered(linesOf(chunks('a\u2028b\nc', 'd\r\n\n', 'last'), 'stdin')), ['a\u2028b', 'cd', '', 'last']);
  const umlaut = Buffer.from('größe\n');
  t.deepEqual(await gathered(linesOf(chunks(umlaut.subarray(0, 3), umlaut.subarray(3)), 'stdin')), ['größe']);
  t.deepEqual(await gathered(linesOf(chunks(), 'stdin')), []);
});

test('bytes that are not UTF-8 are an error with the line', async (t) => {
  const error = await t.throwsAsync(gathered(linesOf(chunks('fine\n', new Uint8Array([0xff, 10])), 'stdin')));
  t.regex(error!.message, /stdin, line 2: bytes that are not UTF-8/);
});
