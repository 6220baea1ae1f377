import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import type { UnreadValues } from '../parameters/unread-values.js';
import { decodeSafetensors, encodeSafetensors, safetensorsPieces } from './safetensors.js';
import { SafetensorsFile } from './safetensors-file.js';

const root = mkdtempSync(path.join(tmpdir(), 'anyformer-safetensors-'));
test.after.always(() => rmSync(root, { recursive: true, force: true }));

const tensors = new Map([
  ['a/weight', { shape: [2, 3], values: Float32Array.of(1, -2, 3.5, 0, 1e-30, 6) }],
  ['b', { shape: [], values: Float32Array.of(7) }],
  ['empty', { shape: [0, 4], values: new Float32Array(0) }],
]);

test('tensors come back, and the same tensors give the same bytes', (t) => {
  const file = encodeSafetensors(tensors);
  t.deepEqual(decodeSafetensors(file, 'x'), tensors);
  t.deepEqual(file, encodeSafetensors(tensors));
});

test('the layout is that of the format: header length, JSON, aligned data', (t) => {
  const file = encodeSafetensors(tensors);
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  t.is((8 + length) % 8, 0);
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  t.deepEqual(header['a/weight'], { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] });
  t.is(new DataView(file.buffer).getFloat32(8 + length + 4, true), -2);
});

/** The format once more, as short as can be: all in memory, little endian written out. */
const reference = (given: typeof tensors): Buffer => {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  const data: Buffer[] = [];
  let end = 0;
  for (const [name, { shape, values }] of given) {
    const bytes = Buffer.alloc(4 * values.length);
    values.forEach((value, i) => bytes.writeFloatLE(value, 4 * i));
    header[name] = { dtype: 'F32', shape, data_offsets: [end, (end += bytes.length)] };
    data.push(bytes);
  }
  let json = JSON.stringify(header);
  while (Buffer.byteLength(json) % 8 > 0) json += ' ';
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(json)));
  return Buffer.concat([length, Buffer.from(json), ...data]);
};

/** Tensors that hand out their numbers part by part, and note how many at most. */
const asUnread = (given: typeof tensors, asked: number[] = []): Map<string, UnreadValues> =>
  new Map(
    Array.from(given, ([name, { shape, values }]) => [
      name,
      {
        shape,
        async read(from: number, into: Float32Array) {
          asked.push(into.length);
          into.set(values.subarray(from, from + into.length));
        },
      },
    ]),
  );

const joined = async (pieces: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const copies: Buffer[] = [];
  for await (const piece of pieces) copies.push(Buffer.from(piece));
  return Buffer.concat(copies);
};

test('in pieces or whole, the bytes are those of the format', async (t) => {
  const large = Float32Array.from({ length: 3 * 2 ** 18 + 5 }, (_, i) => Math.fround(1 / (i - 7)));
  const given = new Map([
    ...tensors,
    ['gröṣser', { shape: [large.length], values: large }],
    ['last', { shape: [1], values: Float32Array.of(-0) }],
  ]);
  const expected = reference(given);
  t.true(expected.equals(encodeSafetensors(given)));
  t.true(expected.equals(await joined(safetensorsPieces(given))));
  const asked: number[] = [];
  const pieces = safetensorsPieces(asUnread(given, asked));
  t.true(expected.equals(await joined(pieces)));
  t.true(expected.equals(await joined(pieces)), 'again');
  t.true(Math.max(...asked) <= 2 ** 18, 'no more than a piece is read at a time');
});

test('values that do not fit their shape are not written', async (t) => {
  const odd = new Map([['x', { shape: [3], values: Float32Array.of(1, 2) }]]);
  const expected = { code: 'checkpoint/values', message: /'x': 2 numbers for \[3\]; accepted: 3/ };
  t.throws(() => encodeSafetensors(odd), expected);
  await t.throwsAsync(joined(safetensorsPieces(odd)), expected);
});

test('a view into a larger buffer is read where it lies', (t) => {
  const file = encodeSafetensors(tensors);
  const larger = Buffer.alloc(file.length + 24, 255);
  larger.set(file, 8);
  t.deepEqual(decodeSafetensors(larger.subarray(8, 8 + file.length), 'x'), tensors);
});

/** A file with one tensor of a dtype. */
const oneTensor = (dtype: string, shape: number[], data: Uint8Array, offsets = [0, data.length]): Uint8Array => {
  const json = new TextEncoder().encode(JSON.stringify({ x: { dtype, shape, data_offsets: offsets } }).padEnd(96));
  const file = new Uint8Array(8 + json.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  file.set(data, 8 + json.length);
  return file;
};

/** The tensors of a file on the disk, each read there. */
const read = async (name: string, bytes: Uint8Array) => {
  const at = path.join(root, name);
  writeFileSync(at, bytes);
  const file = await SafetensorsFile.open(at);
  const values = new Map(Array.from(file.tensors, ([name, { shape, values }]) => [name, { shape, values }]));
  await file.close();
  return values;
};

test('a file on the disk is read tensor by tensor, even when it is no longer there', async (t) => {
  const at = path.join(root, 'removed');
  writeFileSync(at, encodeSafetensors(tensors));
  const file = await SafetensorsFile.open(at);
  rmSync(at);
  for (const name of ['b', 'a/weight', 'b', 'empty']) t.deepEqual(file.tensors.get(name)!.values, tensors.get(name)!.values);
  await file.close();
  await file.close();
  t.throws(() => file.tensors.get('b')!.values, { code: 'checkpoint/closed', message: /removed: values asked for after close/ });
});

test('a file that is cut while it is read is refused', async (t) => {
  const at = path.join(root, 'shrunk');
  writeFileSync(at, encodeSafetensors(tensors));
  const file = await SafetensorsFile.open(at);
  writeFileSync(at, encodeSafetensors(tensors).subarray(0, -8));
  t.throws(() => file.tensors.get('b')!.values, { code: 'checkpoint/corrupt', message: /cut while it was read/ });
  await file.close();
});

test('other dtypes are widened, in memory and from the disk', async (t) => {
  const inMemory = (dtype: string, data: ArrayBuffer, count: number): number[] => [
    ...decodeSafetensors(oneTensor(dtype, [count], new Uint8Array(data)), 'x').get('x')!.values,
  ];
  const widened: (readonly [dtype: string, data: ArrayBuffer, values: number[]])[] = [];
  const values = (dtype: string, data: ArrayBuffer, count: number): number[] => {
    const found = inMemory(dtype, data, count);
    widened.push([dtype, data, found]);
    return found;
  };
  t.deepEqual(values('F16', Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00, 0x3555).buffer, 5), [
    1,
    -2,
    2 ** -24,
    Number.POSITIVE_INFINITY,
    0.333251953125,
  ]);
  t.deepEqual(values('BF16', Uint16Array.of(0x3f80, 0xc040).buffer, 2), [1, -3]);
  t.deepEqual(values('I64', BigInt64Array.of(5n, -6n).buffer, 2), [5, -6]);
  t.deepEqual(values('F64', Float64Array.of(0.5, -1e10).buffer, 2), [0.5, -1e10]);
  t.deepEqual(values('I32', Int32Array.of(-1, 2).buffer, 2), [-1, 2]);
  t.deepEqual(values('U8', Uint8Array.of(0, 255).buffer, 2), [0, 255]);
  for (const [dtype, data, found] of widened) {
    const tensors = await read(dtype, oneTensor(dtype, [found.length], new Uint8Array(data)));
    t.deepEqual([...tensors.get('x')!.values], found, dtype);
  }
});

/** A file of two tensors with the same 8 bytes of data. */
const twoTensors = (x: unknown, y: unknown): Uint8Array => {
  const entry = (data_offsets: unknown) => ({ dtype: 'F32', shape: [2], data_offsets });
  const json = JSON.stringify({ x: entry(x), y: entry(y) }).padEnd(160);
  return Buffer.concat([Buffer.of(160, 0, 0, 0, 0, 0, 0, 0), Buffer.from(json), Buffer.alloc(8)]);
};

const whole = encodeSafetensors(tensors);
const broken: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['nothing', new Uint8Array(0), /0 bytes/],
  ['seven bytes', whole.slice(0, 7), /7 bytes/],
  ['half of a header', whole.slice(0, 60), /header of \d+ bytes/],
  ['half of the data', whole.slice(0, whole.length - 5), /cut short/],
  ['bytes to spare', Uint8Array.of(...whole, 1, 2, 3, 4), /of which the header names/],
  ['a huge header', Uint8Array.from(whole, (byte, i) => (i < 8 ? 255 : byte)), /header of/],
  ['no JSON', Uint8Array.from(whole, (byte, i) => (i === 8 ? 33 : byte)), /not JSON/],
  ['an unknown dtype', oneTensor('F8_E4M3', [4], new Uint8Array(4)), /dtype F8_E4M3/],
  ['a shape that does not fit', oneTensor('F32', [3], new Uint8Array(8)), /8 bytes for \[3\]/],
  ['two tensors in one place', twoTensors([0, 8], [0, 8]), /8 bytes of data, of which the header names 16/],
  ['an entry without offsets', twoTensors([0, 8], null), /unreadable entry for 'y'/],
  ['offsets that go backwards', oneTensor('F32', [2], new Uint8Array(8), [8, 0]), /-8 bytes/],
];
for (const [what, file, message] of broken)
  test(`${what} is refused, on the disk in the same words`, async (t) => {
    const inMemory = t.throws(() => decodeSafetensors(file, path.join(root, what)), { code: 'checkpoint/corrupt', message });
    const onDisk = await t.throwsAsync(read(what, file), { code: 'checkpoint/corrupt' });
    t.is(onDisk!.message, inMemory!.message);
  });
