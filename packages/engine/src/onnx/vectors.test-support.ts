// The single-node tests of the ONNX suite as ../shared keeps them: JSON, tensors in base64, little-endian and row-major.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import * as tf from '../tf.js';

/** One tensor of a vector. */
export interface Stored {
  dtype: string;
  shape: number[];
  data: string;
}

/** One operator, what goes in and what must come out. */
export interface Vector {
  test: string;
  op: string;
  opset: Record<string, number>;
  attributes: Record<string, unknown>;
  /** By position; an empty name is an input that was left out. */
  input_names: string[];
  output_names: string[];
  /** The names of `inputs`. */
  graph_inputs: string[];
  inputs: Stored[];
  outputs: Stored[];
}

/** Every vector of a file. */
export const readVectors = (file: string): Vector[] => (JSON.parse(gunzipSync(readFileSync(file)).toString()) as { tests: Vector[] }).tests;

const integers = new Set(['int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64']);

/** The type that an ONNX type has here; undefined for what no tensor here can hold. */
export const typeHere = (dtype: string): 'float32' | 'int32' | 'bool' | undefined =>
  dtype.startsWith('float') || dtype === 'bfloat16' ? 'float32' : integers.has(dtype) ? 'int32' : dtype === 'bool' ? 'bool' : undefined;

function halfFloat(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent === 31
        ? fraction
          ? Number.NaN
          : Infinity
        : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits >> 15 ? -size : size;
}

/** The float32 of which bfloat16 keeps the upper half. */
function wideFloat(bits: number): number {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setUint16(0, bits);
  return bytes.getFloat32(0);
}

/** The floats of 16 bits: bits of the fraction, the least exponent of full precision, and the largest number. */
const narrow: Record<string, { fraction: number; least: number; largest: number }> = {
  float16: { fraction: 10, least: -14, largest: 65504 },
  bfloat16: { fraction: 7, least: -126, largest: (2 - 2 ** -7) * 2 ** 127 },
};

/** The nearest number that a type holds, ties to even; types of 32 bits and more take all as it is. */
export function roundedTo(x: number, dtype: string): number {
  const format = narrow[dtype];
  if (!format || x === 0 || !Number.isFinite(x)) return x;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(x))), format.least);
  const unit = 2 ** (exponent - format.fraction);
  const up = Math.round(x / unit);
  const tied = Math.abs((x / unit) % 1) === 0.5;
  const rounded = (tied && up % 2 !== 0 ? up - 1 : up) * unit;
  return Math.abs(rounded) > format.largest ? Math.sign(x) * Number.POSITIVE_INFINITY : rounded;
}

/** The numbers of a stored tensor. */
export function numbersOf({ dtype, data }: Stored): number[] {
  const bytes = Buffer.from(data, 'base64');
  const read = (size: number, at: (offset: number) => number): number[] =>
    Array.from({ length: bytes.length / size }, (_, i) => at(i * size));
  switch (dtype) {
    case 'float64':
      return read(8, (i) => bytes.readDoubleLE(i));
    case 'float32':
      return read(4, (i) => bytes.readFloatLE(i));
    case 'float16':
      return read(2, (i) => halfFloat(bytes.readUInt16LE(i)));
    case 'bfloat16':
      return read(2, (i) => wideFloat(bytes.readUInt16LE(i)));
    case 'int64':
      return read(8, (i) => Number(bytes.readBigInt64LE(i)));
    case 'uint64':
      return read(8, (i) => Number(bytes.readBigUInt64LE(i)));
    case 'int32':
      return read(4, (i) => bytes.readInt32LE(i));
    case 'uint32':
      return read(4, (i) => bytes.readUInt32LE(i));
    case 'int16':
      return read(2, (i) => bytes.readInt16LE(i));
    case 'uint16':
      return read(2, (i) => bytes.readUInt16LE(i));
    case 'int8':
      return read(1, (i) => bytes.readInt8(i));
    default:
      return read(1, (i) => bytes.readUInt8(i));
  }
}

/** A stored tensor on the current engine; integers beyond 32 bits, such as an open end of a slice, become the largest or smallest. */
export function tensorOf(stored: Stored): tf.Tensor {
  const dtype = typeHere(stored.dtype);
  const numbers = numbersOf(stored);
  const held = dtype === 'int32' ? numbers.map((x) => Math.min(Math.max(x, -(2 ** 31)), 2 ** 31 - 1)) : numbers;
  return tf.tensor(held, stored.shape, dtype);
}

/** The inputs by position. */
export function inputsOf({ input_names, graph_inputs, inputs }: Vector): (tf.Tensor | undefined)[] {
  const byName = new Map(graph_inputs.map((name, i) => [name, inputs[i]!]));
  return input_names.map((name) => (name === '' ? undefined : tensorOf(byName.get(name)!)));
}
