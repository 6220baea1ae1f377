// Plain float64 references, written from the formulas and from nothing else: what every engine is held against.
import type { Activation } from './activation.js';

/** Row-major numbers with a shape. */
export interface Block {
  shape: number[];
  data: Float64Array;
}

export const block = (shape: number[], fill: (i: number) => number): Block => ({
  shape,
  data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => fill(i)),
});

/** Numbers in [-1, 1), the same for the same seed. */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

function erf(x: number): number {
  // Maclaurin series near 0, continued fraction far out: accurate to 1e-15 where it matters here.
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let term = a;
    let sum = a;
    for (let n = 1; n < 200 && Math.abs(term) > 1e-18; n++) {
      term *= (-a * a) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let n = 120; n > 0; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / (a + fraction) / Math.sqrt(Math.PI));
}

export const activation: Record<Activation, (x: number) => number> = {
  relu: (x) => Math.max(x, 0),
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  'gelu-tanh': (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  silu: (x) => x / (1 + Math.exp(-x)),
};

export function linear(x: Block, weight: Block, bias: Block | undefined, transposed: boolean, kind?: Activation): Block {
  const k = x.shape.at(-1)!;
  const n = weight.shape[transposed ? 0 : 1]!;
  return block([...x.shape.slice(0, -1), n], (i) => {
    const row = Math.floor(i / n);
    const column = i % n;
    let sum = bias?.data[column] ?? 0;
    for (let j = 0; j < k; j++) sum += x.data[row * k + j]! * weight.data[transposed ? column * k + j : j * n + column]!;
    return kind ? activation[kind](sum) : sum;
  });
}

export function norm(x: Block, gain: Block, bias: Block | undefined, epsilon: number, centred: boolean): Block {
  const w = x.shape.at(-1)!;
  const out = block(x.shape, () => 0);
  for (let row = 0; row < x.data.length; row += w) {
    const values = x.data.subarray(row, row + w);
    const mean = centred ? values.reduce((a, b) => a + b, 0) / w : 0;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / w;
    for (let j = 0; j < w; j++)
      out.data[row + j] = ((values[j]! - mean) / Math.sqrt(variance + epsilon)) * gain.data[j]! + (bias?.data[j] ?? 0);
  }
  return out;
}

export function crossEntropy(logits: Block, labels: readonly number[], smoothing: number): Block {
  const v = logits.shape[1]!;
  let sum = 0;
  labels.forEach((label, row) => {
    if (label < 0) return;
    const x = logits.data.subarray(row * v, (row + 1) * v);
    const high = Math.max(...x);
    const logTotal = high + Math.log(x.reduce((a, b) => a + Math.exp(b - high), 0));
    const all = x.reduce((a, b) => a + logTotal - b, 0);
    sum += (1 - smoothing) * (logTotal - x[label]!) + (smoothing / v) * all;
  });
  return block([], () => sum);
}

export function embedding(table: Block, ids: readonly number[], scale: number): Block {
  const w = table.shape[1]!;
  return block([ids.length, w], (i) => table.data[ids[Math.floor(i / w)]! * w + (i % w)]! * scale);
}

export function rotary(x: Block, cosine: Block, sine: Block, heads: number, interleaved: boolean): Block {
  const [, l, w] = x.shape as [number, number, number];
  const d = w / heads;
  const half = cosine.shape[2]!;
  const out = block(x.shape, (i) => x.data[i]!);
  for (let row = 0; row < x.data.length / w; row++) {
    const table = ((cosine.shape[0] === 1 ? 0 : Math.floor(row / l)) * l + (row % l)) * half;
    for (let h = 0; h < heads; h++)
      for (let j = 0; j < half; j++) {
        const first = row * w + h * d + (interleaved ? 2 * j : j);
        const second = first + (interleaved ? 1 : half);
        const [a, b, c, s] = [x.data[first]!, x.data[second]!, cosine.data[table + j]!, sine.data[table + j]!];
        out.data[first] = a * c - b * s;
        out.data[second] = b * c + a * s;
      }
  }
  return out;
}

/** What the attention reference takes besides its blocks. */
export interface AttentionFacts {
  heads: number;
  keyValueHeads?: number;
  causal?: boolean;
  offset?: number;
  keyLength?: number;
  mask?: readonly boolean[];
  scale?: number;
  softcap?: number;
  /** Factor of each probability, [b, h, l, s]. */
  kept?: ArrayLike<number>;
}

export function attention(query: Block, key: Block, value: Block, bias: Block | undefined, facts: AttentionFacts): Block {
  const { heads, keyValueHeads: g = heads } = facts;
  const [b, l, width] = query.shape as [number, number, number];
  const capacity = key.shape[1]!;
  const s = facts.keyLength ?? capacity;
  const d = width / heads;
  const e = value.shape[2]! / g;
  const scale = facts.scale ?? d ** -0.5;
  const out = block([b, l, heads * e], () => 0);
  for (let n = 0; n < b; n++)
    for (let h = 0; h < heads; h++)
      for (let i = 0; i < l; i++) {
        const group = Math.floor(h / (heads / g));
        const scores: number[] = [];
        for (let j = 0; j < s; j++) {
          const hidden = (facts.causal && j > i + (facts.offset ?? 0)) || (facts.mask && !facts.mask[n * s + j]);
          let sum = 0;
          for (let k = 0; k < d; k++)
            sum += query.data[(n * l + i) * width + h * d + k]! * key.data[(n * capacity + j) * g * d + group * d + k]!;
          const [biasBatch, biasHead] = [bias?.shape[0] === 1 ? 0 : n, bias?.shape[1] === 1 ? 0 : h];
          if (facts.softcap) sum = facts.softcap * Math.tanh((sum * scale) / facts.softcap);
          else sum *= scale;
          sum += bias?.data[((biasBatch * bias.shape[1]! + biasHead) * l + i) * s + j] ?? 0;
          scores.push(hidden ? Number.NEGATIVE_INFINITY : sum);
        }
        const high = Math.max(...scores);
        if (high === Number.NEGATIVE_INFINITY) continue;
        const total = scores.reduce((a, x) => a + Math.exp(x - high), 0);
        scores.forEach((score, j) => {
          const p = (Math.exp(score - high) / total) * (facts.kept?.[((n * heads + h) * l + i) * s + j] ?? 1);
          for (let k = 0; k < e; k++)
            out.data[(n * l + i) * heads * e + h * e + k]! += p * value.data[(n * capacity + j) * g * e + group * e + k]!;
        });
      }
  return out;
}
