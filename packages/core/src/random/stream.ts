import { AnyformerError } from '@anyformer/engine';
import type { Random } from './random.js';
import { seedWords } from './seed.js';

/** Random numbers that can be stopped and taken up again. */
export interface Stream extends Random {
  /** Where the stream stands, for {@link restoreStream}. */
  state(): string;
}

/** xoshiro128** 1.1 (Blackman and Vigna 2021): 32 bits a draw, period 2^128 - 1, only 32-bit operations. */
class Xoshiro implements Stream {
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  /** The polar method makes normals in pairs; the second waits here. */
  #spare: number | undefined;

  constructor(words: readonly [number, number, number, number], spare?: number) {
    [this.#a, this.#b, this.#c, this.#d] = words;
    // all zeros is the one state that stays where it is
    if ((this.#a | this.#b | this.#c | this.#d) === 0) this.#a = 1;
    this.#spare = spare;
  }

  #next(): number {
    const five = Math.imul(this.#b, 5);
    const result = Math.imul((five << 7) | (five >>> 25), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result >>> 0;
  }

  uniform(): number {
    const high = this.#next() >>> 5; // 27 bits
    return (high * 0x4000000 + (this.#next() >>> 6)) / 0x20000000000000;
  }

  integer(n: number): number {
    if (!(Number.isInteger(n) && n > 0 && n <= 0x100000000))
      throw new AnyformerError({
        code: 'random/range',
        who: 'Random.integer',
        given: String(n),
        accepted: 'a whole number from 1 to 2^32',
      });
    const limit = 0x100000000 - (0x100000000 % n);
    for (;;) {
      const drawn = this.#next();
      if (drawn < limit) return drawn % n;
    }
  }

  normal(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    // Marsaglia's polar method: only log and sqrt, which every V8 rounds alike
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      this.#spare = y * factor;
      return x * factor;
    }
  }

  state(): string {
    const words = [this.#a, this.#b, this.#c, this.#d].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
    return this.#spare === undefined ? words : `${words}:${this.#spare}`;
  }
}

/** The random numbers that belong to (seed, path), whoever asks and in whatever order. */
export const stream = (seed: number, ...path: readonly (string | number)[]): Stream => new Xoshiro(seedWords(seed, path));

/** The stream that stood at `state`, going on from there. */
export const restoreStream = (state: string): Stream => {
  const match = /^([0-9a-f]{8})([0-9a-f]{8})([0-9a-f]{8})([0-9a-f]{8})(?::(-?[0-9.e+-]+))?$/.exec(state);
  if (match === null)
    throw new AnyformerError({
      code: 'random/state',
      who: 'restoreStream',
      given: JSON.stringify(state),
      accepted: 'what state() of a stream gave',
      fix: 'Take an earlier checkpoint; this state was changed or cut.',
    });
  const words = match.slice(1, 5).map((word) => Number.parseInt(word!, 16)) as [number, number, number, number];
  return new Xoshiro(words, match[5] === undefined ? undefined : Number(match[5]));
};
