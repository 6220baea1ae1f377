import { AnyformerError } from '@anyformer/engine';
import type { Shape } from '../contract/sequence.js';
import type { ParameterValues } from '../parameters/store.js';

/** A safetensors header entry. */
interface Entry {
  readonly dtype: string;
  readonly shape: Shape;
  readonly data_offsets: readonly [number, number];
}

const sizes: Readonly<Record<string, number>> = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

const corrupt = (file: string, given: string): AnyformerError =>
  new AnyformerError({
    code: 'checkpoint/corrupt',
    who: file,
    given,
    accepted: 'a whole safetensors file',
    fix: 'Use another checkpoint, or copy this one again.',
  });

/** A float16 as a number. */
const half = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};

const read: Readonly<Record<string, (view: DataView, at: number) => number>> = {
  F64: (view, at) => view.getFloat64(at, true),
  F32: (view, at) => view.getFloat32(at, true),
  F16: (view, at) => half(view.getUint16(at, true)),
  I64: (view, at) => Number(view.getBigInt64(at, true)),
  U64: (view, at) => Number(view.getBigUint64(at, true)),
  I32: (view, at) => view.getInt32(at, true),
  U32: (view, at) => view.getUint32(at, true),
  I16: (view, at) => view.getInt16(at, true),
  U16: (view, at) => view.getUint16(at, true),
  I8: (view, at) => view.getInt8(at),
  U8: (view, at) => view.getUint8(at),
  BOOL: (view, at) => view.getUint8(at),
};

/** Little endian, whatever this machine is; the usual case is one copy. */
const numbers = (bytes: Uint8Array, dtype: string, count: number): Float32Array => {
  // A copy by the constructor: slice() of Node's Buffer is a view.
  if (dtype === 'F32') return new Float32Array(new Uint8Array(bytes).buffer, 0, count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (dtype === 'BF16') {
    const wide = new Uint32Array(count);
    for (let i = 0; i < count; i++) wide[i] = view.getUint16(2 * i, true) << 16;
    return new Float32Array(wide.buffer);
  }
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = read[dtype]!(view, i * sizes[dtype]!);
  return values;
};

/**
 * The bytes of a safetensors file: u64 header length, JSON header, data, each tensor 8-byte aligned; float32. Names in the order given, so
 * that the same values give the same bytes.
 */
export const encodeSafetensors = (
  tensors: ReadonlyMap<string, ParameterValues>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array => {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt', ...metadata } };
  let end = 0;
  for (const [name, { shape, values }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + values.byteLength] };
    end += values.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 + Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(start + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.fill(0x20, 8, start);
  file.set(json, 8);
  let at = start;
  for (const { values } of tensors.values()) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return file;
};

const headerOf = (file: string, bytes: Uint8Array): { header: Record<string, unknown>; start: number } => {
  if (bytes.length < 8) throw corrupt(file, `${bytes.length} bytes`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > bytes.length - 8) throw corrupt(file, `a header of ${length} bytes in a file of ${bytes.length}`);
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)));
    if (typeof header === 'object' && header !== null && !Array.isArray(header))
      return { header: header as Record<string, unknown>, start: 8 + length };
  } catch {
    // told below
  }
  throw corrupt(file, 'a header that is not JSON');
};

const isEntry = (value: unknown): value is Entry => {
  const entry = value as Entry;
  return (
    typeof entry === 'object' &&
    entry !== null &&
    typeof entry.dtype === 'string' &&
    Array.isArray(entry.shape) &&
    entry.shape.every((size) => Number.isInteger(size) && size >= 0) &&
    Array.isArray(entry.data_offsets) &&
    entry.data_offsets.length === 2 &&
    entry.data_offsets.every((offset) => Number.isInteger(offset) && offset >= 0)
  );
};

/** Tensors of a safetensors file by name, every dtype widened to float32. `file` names it in errors. */
export const decodeSafetensors = (bytes: Uint8Array, file: string): Map<string, ParameterValues> => {
  const { header, start } = headerOf(file, bytes);
  const tensors = new Map<string, ParameterValues>();
  const data = bytes.length - start;
  let covered = 0;
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    if (!isEntry(entry)) throw corrupt(file, `an unreadable entry for '${name}'`);
    const { dtype, shape, data_offsets } = entry;
    const [from, to] = data_offsets;
    const size = sizes[dtype];
    if (size === undefined) throw corrupt(file, `the dtype ${dtype} of '${name}'`);
    const count = shape.reduce((product, one) => product * one, 1);
    if (to > data) throw corrupt(file, `'${name}' ends at byte ${to} of ${data}: the file is cut short`);
    if (to - from !== count * size) throw corrupt(file, `'${name}' with ${to - from} bytes for [${shape.join(', ')}] of ${dtype}`);
    covered += to - from;
    tensors.set(name, { shape, values: numbers(bytes.subarray(start + from, start + to), dtype, count) });
  }
  if (covered !== data) throw corrupt(file, `${data} bytes of data, of which the header names ${covered}`);
  return tensors;
};
