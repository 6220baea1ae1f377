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
  dtype.startsWith('float') ? 'float32' : integers.has(dtype) ? 'int32' : dtype === 'bool' ? 'bool' : undefined;

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

/** A stored tensor on the current engine. */
export const tensorOf = (stored: Stored): tf.Tensor => tf.tensor(numbersOf(stored), stored.shape, typeHere(stored.dtype));

/** The inputs by position. */
export function inputsOf({ input_names, graph_inputs, inputs }: Vector): (tf.Tensor | undefined)[] {
  const byName = new Map(graph_inputs.map((name, i) => [name, inputs[i]!]));
  return input_names.map((name) => (name === '' ? undefined : tensorOf(byName.get(name)!)));
}
