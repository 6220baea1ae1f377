/** murmur3's finaliser (Appleby 2011): a bijection of 32 bits in which every input bit moves every output bit. */
const mix = (word: number): number => {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
};

/** 128 bits that depend on every part of (seed, path): four lanes, each fed every word and its neighbour. */
export const seedWords = (seed: number, path: readonly (string | number)[]): readonly [number, number, number, number] => {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = 0xb7e15162;
  let d = 0x6a09e667;
  const absorb = (word: number): void => {
    a = mix(a ^ word ^ d);
    b = mix((b ^ word) + a);
    c = mix((c ^ word) + b);
    d = mix((d ^ word) + c);
  };
  const float = new Float64Array(1);
  const words = new Uint32Array(float.buffer);
  const absorbNumber = (value: number): void => {
    float[0] = value;
    absorb(words[0]!);
    absorb(words[1]!);
  };
  absorbNumber(seed);
  for (const part of path) {
    // a kind and a length before each part: ['ab', 'c'] is not ['a', 'bc'], and 1 is not '1'
    if (typeof part === 'number') {
      absorb(1);
      absorbNumber(part);
    } else {
      absorb(2);
      absorb(part.length);
      for (let i = 0; i < part.length; i++) absorb(part.charCodeAt(i));
    }
  }
  absorb(path.length);
  return [a >>> 0, b >>> 0, c >>> 0, d >>> 0];
};

/** An unsigned 32-bit seed derived from a seed and a path: near seeds and near paths give unrelated ones. */
export const seedOf = (seed: number, ...path: readonly (string | number)[]): number => seedWords(seed, path)[3];
