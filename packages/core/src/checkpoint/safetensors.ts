import { AnyformerError } from '@anyformer/engine';
import type { Shape } from '../contract/sequence.js';
import type { ParameterValues } from '../parameters/store.js';
import type { UnreadValues } from '../parameters/unread-values.js';

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

/** Of a file that is not what the format says. */
export const corrupt = (file: string, given: string): AnyformerError =>
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

/** Little endian, whatever this machine is; the usual case is no copy. `bytes` are nobody else's, and begin where their buffer does. */
const numbers = (bytes: Uint8Array<ArrayBuffer>, dtype: string, count: number): Float32Array => {
  if (dtype === 'F32') return new Float32Array(bytes.buffer, 0, count);
  const view = new DataView(bytes.buffer);
  if (dtype === 'BF16') {
    const wide = new Uint32Array(count);
    for (let i = 0; i < count; i++) wide[i] = view.getUint16(2 * i, true) << 16;
    return new Float32Array(wide.buffer);
  }
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = read[dtype]!(view, i * sizes[dtype]!);
  return values;
};

const countOf = (shape: Shape): number => shape.reduce((product, one) => product * one, 1);

/** What a file begins with: u64 length of the header, the header in JSON, blanks up to a multiple of 8. */
const beginning = (
  tensors: ReadonlyMap<string, { readonly shape: Shape }>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> => {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt', ...metadata } };
  let end = 0;
  for (const [name, { shape }] of tensors) {
    const from = end;
    end += 4 * countOf(shape);
    header[name] = { dtype: 'F32', shape, data_offsets: [from, end] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 + Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(start);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.fill(0x20, 8, start);
  bytes.set(json, 8);
  return bytes;
};

const asBytes = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength);

/** The data of one tensor, which have the place that its shape takes. */
const bytesOf = (name: string, { shape, values }: ParameterValues): Uint8Array => {
  if (values.length === countOf(shape)) return asBytes(values);
  throw new AnyformerError({
    code: 'checkpoint/values',
    who: `Tensor '${name}'`,
    given: `${values.length} numbers for [${shape.join(', ')}]`,
    accepted: `${countOf(shape)} of them`,
  });
};

/** Numbers that are read at a time: 1 MiB of them. */
const piece = 2 ** 18;

/**
 * The bytes of a safetensors file: u64 header length, JSON header, data, each tensor after the one before; float32. Names in the order given,
 * so that the same values give the same bytes. Piece by piece, anew each time that it is gone through; a tensor's numbers are asked for when
 * it is their turn. A piece is good until the next one, which may take its place. Throws `checkpoint/values` where values do not fit their
 * shape.
 */
export const safetensorsPieces = (
  tensors: ReadonlyMap<string, ParameterValues | UnreadValues>,
  metadata: Readonly<Record<string, string>> = {},
): AsyncIterable<Uint8Array> => ({
  async *[Symbol.asyncIterator]() {
    yield beginning(tensors, metadata);
    const room = new Float32Array(piece);
    for (const [name, one] of tensors)
      if ('values' in one) yield bytesOf(name, one);
      else
        for (let at = 0, left = countOf(one.shape); left > 0; at += piece, left -= piece) {
          const part = room.subarray(0, left);
          await one.read(at, part);
          yield asBytes(part);
        }
  },
});

/** The same bytes in one piece. */
export const encodeSafetensors = (
  tensors: ReadonlyMap<string, ParameterValues>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array => {
  const begins = beginning(tensors, metadata);
  const size = [...tensors.values()].reduce((sum, { shape }) => sum + 4 * countOf(shape), begins.length);
  const file = new Uint8Array(size);
  file.set(begins);
  let at = begins.length;
  for (const [name, one] of tensors) {
    const bytes = bytesOf(name, one);
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
};

/** A file's bytes, wherever they lie. */
export interface StoredBytes {
  /** Names the file in errors. */
  readonly file: string;
  readonly size: number;
  /** A copy of the bytes from `from` to before `to`. */
  read(from: number, to: number): Uint8Array<ArrayBuffer>;
}

const headerOf = ({ file, size, read }: StoredBytes): { header: Record<string, unknown>; start: number } => {
  if (size < 8) throw corrupt(file, `${size} bytes`);
  const length = Number(new DataView(read(0, 8).buffer).getBigUint64(0, true));
  if (length > size - 8) throw corrupt(file, `a header of ${length} bytes in a file of ${size}`);
  const json = read(8, 8 + length);
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
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

/**
 * Tensors of a safetensors file by name, every dtype widened to float32. The whole header is looked at now, throwing `checkpoint/corrupt`; the
 * values of a tensor are read whenever they are asked for.
 */
export const storedTensors = (bytes: StoredBytes): Map<string, ParameterValues> => {
  const { file, size: whole, read } = bytes;
  const { header, start } = headerOf(bytes);
  const tensors = new Map<string, ParameterValues>();
  const data = whole - start;
  let covered = 0;
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    if (!isEntry(entry)) throw corrupt(file, `an unreadable entry for '${name}'`);
    const { dtype, shape, data_offsets } = entry;
    const [from, to] = data_offsets;
    const size = sizes[dtype];
    if (size === undefined) throw corrupt(file, `the dtype ${dtype} of '${name}'`);
    const count = countOf(shape);
    if (to > data) throw corrupt(file, `'${name}' ends at byte ${to} of ${data}: the file is cut short`);
    if (to - from !== count * size) throw corrupt(file, `'${name}' with ${to - from} bytes for [${shape.join(', ')}] of ${dtype}`);
    covered += to - from;
    tensors.set(name, {
      shape,
      get values() {
        return numbers(read(start + from, start + to), dtype, count);
      },
    });
  }
  if (covered !== data) throw corrupt(file, `${data} bytes of data, of which the header names ${covered}`);
  return tensors;
};

/** {@link storedTensors} of bytes at hand, all of them read. `file` names them in errors. */
export const decodeSafetensors = (bytes: Uint8Array, file: string): Map<string, ParameterValues> => {
  // A copy by the constructor: slice() of Node's Buffer is a view.
  const stored = storedTensors({ file, size: bytes.length, read: (from, to) => new Uint8Array(bytes.subarray(from, to)) });
  return new Map(Array.from(stored, ([name, { shape, values }]) => [name, { shape, values }]));
};
