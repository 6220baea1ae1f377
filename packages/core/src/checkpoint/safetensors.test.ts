import test from 'ava';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';

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

test('other dtypes are widened', (t) => {
  const values = (dtype: string, data: ArrayBuffer, count: number): number[] => [
    ...decodeSafetensors(oneTensor(dtype, [count], new Uint8Array(data)), 'x').get('x')!.values,
  ];
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
});

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
  ['offsets that go backwards', oneTensor('F32', [2], new Uint8Array(8), [8, 0]), /-8 bytes/],
];
for (const [what, file, message] of broken)
  test(`${what} is refused`, (t) => {
    t.throws(() => decodeSafetensors(file, 'weights.safetensors'), { code: 'checkpoint/corrupt', message });
  });
