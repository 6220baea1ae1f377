/** What is computed in a row. `l` is the length of each side. */
export type RowKind =
  | 'translation-training'
  | 'language-training'
  | 'translation-decoding'
  | 'vision-training'
  | 'vision'
  | 'attention'
  | 'product';

/** One row of the table: a model's sizes and what is done with it. Plain data: the opponents read it too. */
export interface Row {
  readonly row: string;
  readonly kind: RowKind;
  /** Examples at once. */
  readonly batch: number;
  /** Positions of an example, on each side. */
  readonly length: number;
  readonly width: number;
  readonly heads: number;
  readonly feedForward: number;
  /** Of each side that the model has. */
  readonly layers: number;
  /** Ids that can be written, or classes. */
  readonly outputs: number;
  /** Hypotheses in decoding. */
  readonly beam: number;
  /** Of a product: which factor lies transposed in memory. */
  readonly turned?: 'left' | 'right';
}

/** Transformer of 4 + 4 layers, of 6 + 6, Vision Transformers (Dosovitskiy et al. 2021; Touvron et al. 2021), a small language model. */
const small = { length: 32, width: 256, heads: 8, feedForward: 1024, layers: 4, outputs: 8000, beam: 1 };
const base = { length: 32, width: 512, heads: 8, feedForward: 2048, layers: 6, outputs: 8000, beam: 1 };
const vitTiny = { length: 197, width: 192, heads: 3, feedForward: 768, layers: 12, outputs: 1000, beam: 1 };
const vitBase = { length: 197, width: 768, heads: 12, feedForward: 3072, layers: 12, outputs: 1000, beam: 1 };
const language = { length: 256, width: 384, heads: 6, feedForward: 1536, layers: 6, outputs: 8000, beam: 1 };
const tiny = { length: 32, width: 32, heads: 4, feedForward: 128, layers: 6, outputs: 48, beam: 1 };
const mixing = { width: 512, heads: 8, feedForward: 0, layers: 1, outputs: 0, beam: 1 };

/** Every row, in the order of the table. */
export const rows: readonly Row[] = [
  { row: 'train-small', kind: 'translation-training', batch: 32, ...small },
  { row: 'train-base', kind: 'translation-training', batch: 16, ...base },
  { row: 'vit-ti-b1', kind: 'vision', batch: 1, ...vitTiny },
  { row: 'vit-ti-b8', kind: 'vision', batch: 8, ...vitTiny },
  { row: 'vit-b-b1', kind: 'vision', batch: 1, ...vitBase },
  { row: 'vit-b-b8', kind: 'vision', batch: 8, ...vitBase },
  { row: 'vit-ti-train', kind: 'vision-training', batch: 8, ...vitTiny },
  { row: 'vit-b-train', kind: 'vision-training', batch: 8, ...vitBase },
  { row: 'lm-train', kind: 'language-training', batch: 8, ...language },
  { row: 'decode-b1', kind: 'translation-decoding', batch: 1, ...small },
  { row: 'decode-b8', kind: 'translation-decoding', batch: 8, ...small },
  { row: 'decode-beam4', kind: 'translation-decoding', batch: 1, ...small, beam: 4 },
  { row: 'decode-tiny', kind: 'translation-decoding', batch: 1, ...tiny },
  { row: 'attention-1024', kind: 'attention', batch: 4, length: 1024, ...mixing },
  { row: 'attention-4096', kind: 'attention', batch: 1, length: 4096, ...mixing },
];

/** A product of [m, k] by [k, n], of so many pairs in a row that none is still in a cache when its turn comes again. */
const product = (m: number, n: number, k: number, turned?: 'left' | 'right'): Row => {
  const bytes = 4 * (m * k + k * n + m * n);
  const name = `product-${turned === 'left' ? 't' : 'n'}${turned === 'right' ? 't' : 'n'}-${m}x${n}x${k}`;
  const none = { heads: 0, feedForward: 0, layers: 1, beam: 1 };
  return {
    row: name,
    kind: 'product',
    batch: Math.max(2, Math.ceil(2 ** 26 / bytes)),
    length: m,
    width: k,
    outputs: n,
    ...none,
    ...(turned && { turned }),
  };
};

/**
 * What the training rows consist of for the most part: products forward, of the gradient of what came in (right factor transposed) and of the
 * weight (left factor transposed). Measured where `--rows products` asks for them.
 */
export const products: readonly Row[] = [
  product(1024, 256, 256),
  product(1024, 256, 256, 'right'),
  product(256, 256, 1024, 'left'),
  product(1024, 1024, 256),
  product(1024, 256, 1024),
  product(512, 512, 512),
  product(512, 512, 512, 'right'),
  product(512, 512, 512, 'left'),
  product(512, 2048, 512),
  product(1576, 768, 768),
  product(1576, 768, 768, 'right'),
  product(768, 768, 1576, 'left'),
  product(1576, 3072, 768),
];
