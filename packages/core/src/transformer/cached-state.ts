import { KeyValueCache, tf } from '@anyformer/engine';
import type { DecoderStart, DecoderState } from '../contract/backbone.js';
import type { KeysAndValues, View } from '../layers/attention.js';
import type { Coordinates } from '../positions/scheme.js';
import type { Stack } from './stack.js';

/** What the positions of one step see besides the tensors in the caches. */
export interface Extended {
  /** Place of the step's first position among the keys. */
  readonly offset: number;
  /** [b, offset + l] bool, or none where every key is real. */
  readonly mask: tf.Tensor2D | undefined;
  /** Coordinates of all keys, where the position scheme compares them. */
  readonly keys: Coordinates | undefined;
}

/** One step's part of the past, on the host. */
interface Past {
  readonly length: number;
  /** [b, length] */
  readonly real: Uint8Array;
  readonly places: Coordinates | undefined;
}

/** Joins rows of several parts, part after part within each row. Parts with one row stand for all rows. */
const joined = <T extends Float32Array | Uint8Array>(
  rows: number,
  parts: readonly { readonly values: T; readonly rows: number; readonly width: number }[],
  into: T,
): T => {
  let at = 0;
  for (let row = 0; row < rows; row++)
    for (const { values, rows: own, width } of parts) {
      const from = own === 1 ? 0 : row * width;
      into.set(values.subarray(from, from + width), at);
      at += width;
    }
  return into;
};

const picked = <T extends Float32Array | Uint8Array>(values: T, width: number, rows: Int32Array, into: T): T => {
  rows.forEach((row, i) => {
    into.set(values.subarray(row * width, (row + 1) * width), i * width);
  });
  return into;
};

/**
 * A Transformer decoder between steps: cached keys and values of every block, and those of the memory, made once. Masks and coordinates
 * of the past stay on the host.
 */
export class CachedState implements DecoderState {
  length = 0;
  readonly #caches: readonly KeyValueCache[];
  #memory: readonly KeysAndValues[];
  #memoryMask: tf.Tensor2D | undefined;
  /** Which row of the memory as it was given each row looks at: beams of one example share it, and reordering them moves nothing. */
  #sources: Int32Array;
  #past: Past[] = [];
  readonly #comparesPositions: boolean;
  readonly #capacity: number;
  /** How often what is held has moved. */
  #moves = 0;

  constructor(stack: Stack, { rows, capacity, memory }: DecoderStart) {
    this.#comparesPositions = stack.comparesPositions;
    this.#capacity = capacity;
    this.#caches = stack.blocks.map(({ self }) => new KeyValueCache(rows, capacity, self.keyWidth, self.valueWidth));
    this.#memory = tf.tidy(() =>
      memory === undefined
        ? []
        : stack.blocks.map(({ cross }) => {
            const { key, value } = cross!.remember(memory.hidden); // [b, s, g * d], [b, s, g * e]
            return { key: tf.keep(key), value: tf.keep(value) };
          }),
    );
    // A copy, so that it lies beside the rest.
    this.#memoryMask = memory && tf.keep(tf.tensor2d(memory.mask.dataSync<'bool'>(), memory.mask.shape, 'bool')); // [b, s]
    this.#sources = Int32Array.from({ length: rows }, (_, row) => row);
  }

  /** Counts the step's positions in, and says what they see. `mask` [b, l], `places` those of the step. */
  extend(mask: tf.Tensor2D, places: Coordinates): Extended {
    const offset = this.length;
    const [rows, length] = mask.shape;
    this.#past.push({ length, real: Uint8Array.from(mask.dataSync<'bool'>()), places: this.#comparesPositions ? places : undefined });
    this.length += length;
    const hidden = this.#past.some(({ real }) => real.includes(0));
    return {
      offset,
      mask: hidden
        ? tf.tensor2d(
            joined(
              rows,
              this.#past.map(({ real, length: width }) => ({ values: real, rows, width })),
              new Uint8Array(rows * this.length),
            ),
            [rows, this.length],
            'bool',
          )
        : undefined,
      keys: this.#comparesPositions ? this.#keys(rows, places.axes) : undefined,
    };
  }

  #keys(b: number, axes: number): Coordinates {
    const parts = this.#past.map(({ places }) => ({ values: places!.values, rows: places!.rows, width: places!.length * axes }));
    const rows = parts.every((part) => part.rows === 1) ? 1 : b;
    return { rows, length: this.length, axes, values: joined(rows, parts, new Float32Array(rows * this.length * axes)) };
  }

  /** Caches what block `i` made of the step's positions, and gives all it has. */
  append(i: number, { key, value }: KeysAndValues): View {
    const cache = this.#caches[i]!;
    cache.append(key, value);
    return { key: cache.key, value: cache.value, keyLength: cache.length };
  }

  get layout(): string | undefined {
    // Places that are compared, and a growing mask, are tensors that grow; a cache beyond its capacity moves.
    const grows = this.#comparesPositions || this.length >= this.#capacity || this.#past.some(({ real }) => real.includes(0));
    return grows || this.#past.length === 0 ? undefined : `${this.#moves}`;
  }

  skip(): void {
    this.#past.push(this.#past.at(-1)!);
    this.length += 1;
    for (const cache of this.#caches) cache.length += 1;
  }

  /** What block `i` remembers of the memory. */
  memory(i: number): View | undefined {
    const held = this.#memory[i];
    return held && { ...held, mask: this.#memoryMask };
  }

  reorder(rows: Int32Array): void {
    if (rows.length !== this.#sources.length) this.#moves++;
    for (const cache of this.#caches) cache.reorder(rows);
    this.#past = this.#past.map(({ length, real, places }) => ({
      length,
      real: picked(real, length, rows, new Uint8Array(rows.length * length)),
      places: places && this.#moved(places, rows),
    }));
    const sources = rows.map((row) => this.#sources[row]!);
    const moved = sources.length !== this.#sources.length || sources.some((source, i) => source !== this.#sources[i]);
    this.#sources = sources;
    if (!moved || this.#memoryMask === undefined) return;
    this.#moves++;
    const gathered = tf.tidy(() => {
      const ids = tf.tensor1d(rows, 'int32');
      const take = <T extends tf.Tensor>(tensor: T): T => tf.keep(tf.gather(tensor, ids));
      return { memory: this.#memory.map(({ key, value }) => ({ key: take(key), value: take(value) })), mask: take(this.#memoryMask!) };
    });
    this.#disposeMemory();
    this.#memory = gathered.memory;
    this.#memoryMask = gathered.mask;
  }

  #moved(places: Coordinates, rows: Int32Array): Coordinates {
    if (places.rows === 1) return places;
    const width = places.length * places.axes;
    return { ...places, rows: rows.length, values: picked(places.values, width, rows, new Float32Array(rows.length * width)) };
  }

  #disposeMemory(): void {
    for (const { key, value } of this.#memory) tf.dispose([key, value]);
    this.#memoryMask?.dispose();
  }

  dispose(): void {
    for (const cache of this.#caches) cache.dispose();
    this.#disposeMemory();
  }
}
