import type { TransformerChoices } from './choices.js';

/** Vaswani et al. 2017, table 3, row `base`. Post-norm, ReLU, sinusoids, embeddings times sqrt(w); dropout on residual branches and embeddings. */
const base: TransformerChoices = {
  width: 512,
  heads: 8,
  feedForward: 2048,
  layers: 6,
  norm: 'layer',
  normPlacement: 'post',
  activation: 'relu',
  positions: 'sinusoidal',
  dropout: 0.1,
  embeddingScale: true,
};

/** Sizes by name. Keys of a config override them one by one. */
export const presets = {
  'transformer-base': base,
  /** Table 3, row `big`. */
  'transformer-big': { ...base, width: 1024, heads: 16, feedForward: 4096, dropout: 0.3 },
  /** As is usual for the small German-English corpus of IWSLT 2014 (fairseq). */
  'transformer-iwslt': { ...base, heads: 4, feedForward: 1024, dropout: 0.3 },
  /** Some 30,000 sentence pairs in minutes on one core. */
  small: { ...base, width: 256, heads: 4, feedForward: 512, layers: 3, normPlacement: 'pre' },
  /** Demonstrations and tests. */
  tiny: { ...base, width: 64, heads: 4, feedForward: 256, layers: 2, normPlacement: 'pre', dropout: 0 },
} satisfies Readonly<Record<string, TransformerChoices>>;

/** A name in {@link presets}. */
export type PresetName = keyof typeof presets;

/** Names of {@link presets}. */
export const presetNames = Object.keys(presets) as [PresetName, ...PresetName[]];
