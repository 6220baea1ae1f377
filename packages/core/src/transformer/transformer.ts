import { type Activation, AnyformerError } from '@anyformer/engine';
import type { Backbone } from '../contract/backbone.js';
import type { Scope } from '../contract/scope.js';
import { type Attention, multiHead } from '../layers/attention.js';
import { type FeedForward, feedForward, gatedFeedForward } from '../layers/feed-forward.js';
import { layerNorm, type Norm, noNorm, rmsNorm } from '../layers/norm.js';
import { parallelNorm, postNorm, preNorm } from '../layers/norm-placement.js';
import { initialization } from '../parameters/initialization.js';
import { alibi } from '../positions/alibi.js';
import { learned } from '../positions/learned.js';
import { relativeBuckets } from '../positions/relative-buckets.js';
import { rotary } from '../positions/rotary.js';
import { noPositions, type PositionScheme } from '../positions/scheme.js';
import { sinusoidal } from '../positions/sinusoidal.js';
import { assemble, type TransformerParts } from './assemble.js';
import { type ResolvedTransformer, resolveTransformer, type TransformerConfig, transformerConfig } from './config.js';

const positionsOf = (chosen: ResolvedTransformer['positions']): PositionScheme => {
  const options = typeof chosen === 'string' ? ({ kind: chosen } as Exclude<typeof chosen, string>) : chosen;
  switch (options.kind) {
    case 'sinusoidal':
      return sinusoidal(given(options));
    case 'learned':
      return learned(given(options));
    case 'rotary':
      return rotary(given(options));
    case 'relative':
      return relativeBuckets(given(options));
    case 'alibi':
      return alibi();
    case 'none':
      return noPositions();
  }
};

/** Without keys that are undefined. */
const given = <T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };

const gatedBy: Readonly<Partial<Record<ResolvedTransformer['activation'], Activation>>> = {
  swiglu: 'silu',
  geglu: 'gelu',
  'geglu-tanh': 'gelu-tanh',
};

const feedForwardOf = (
  { feedForward: width, activation, feedForwardDropout: dropout }: ResolvedTransformer,
  biases: boolean,
): FeedForward => {
  const gate = gatedBy[activation];
  return gate === undefined
    ? feedForward({ width, activation: activation as Activation, biases, dropout })
    : gatedFeedForward({ width, activation: gate, biases, dropout });
};

const recomputedBlocks = (chosen: ResolvedTransformer['recompute']): ((i: number) => boolean) =>
  typeof chosen === 'boolean' ? () => chosen : (i) => i % chosen.every === 0;

/** The parts that a config names. */
export const partsOf = (config: ResolvedTransformer): TransformerParts => {
  const { normEpsilon: epsilon } = config;
  const all = typeof config.biases === 'boolean' ? config.biases : true;
  const biases = typeof config.biases === 'boolean' ? {} : config.biases;
  const norm: Norm = config.norm === 'rms' ? rmsNorm({ epsilon }) : layerNorm({ epsilon, bias: biases.norm ?? all });
  const ofAttention = biases.attention ?? all;
  const attention: Attention = multiHead({
    heads: config.heads,
    keyValueHeads: config.keyValueHeads,
    headWidth: config.headWidth,
    valueWidth: config.valueWidth,
    biases: typeof ofAttention === 'boolean' ? ofAttention : given(ofAttention),
    scale: config.attentionScale,
    dropout: config.attentionDropout,
    ...(config.qkNorm && { qkNorm: norm }),
  });
  const shared = {
    attention,
    feedForward: feedForwardOf(config, biases.feedForward ?? all),
    norm,
    placement: { pre: preNorm, post: postNorm, parallel: parallelNorm }[config.normPlacement],
    positions: positionsOf(config.positions),
    dropout: config.dropout,
    layerDrop: config.layerDrop,
    recompute: recomputedBlocks(config.recompute),
    embeddingScale: config.embeddingScale,
    ...(config.embeddingNorm && { embeddingNorm: norm }),
    finalNorm: config.finalNorm ? norm : noNorm(),
    initialization: initialization(config.initializer),
  };
  const side = ({ layers }: { readonly layers: number }) => (layers > 0 ? { ...shared, layers } : undefined);
  return { encoder: side(config.encoder), decoder: side(config.decoder) };
};

const checked = (config: TransformerConfig): ResolvedTransformer => {
  const parsed = transformerConfig.safeParse(config);
  if (parsed.success) return resolveTransformer(parsed.data);
  throw new AnyformerError({
    code: 'transformer/config',
    who: 'The Transformer’s options',
    given: parsed.error.issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message)).join('; '),
    exit: 2,
  });
};

/**
 * A Transformer as a backbone, its parts chosen by name: a preset, keys that override it, or keys alone. Parts of your own go to
 * {@link assemble}.
 */
export const transformer = (config: TransformerConfig): ((scope: Scope) => Backbone) => {
  const full = checked(config);
  return (scope) => {
    if (scope.width !== full.width)
      throw new AnyformerError({
        code: 'transformer/width',
        who: 'transformer',
        given: `width ${full.width} in a model of width ${scope.width}`,
        accepted: 'the same width',
        fix: 'Give the model the width of its backbone.',
        exit: 2,
      });
    return assemble(partsOf(full))(scope);
  };
};

/** A config's backbone and the width that its model must have: `new Model({ tasks, seed, ...transformerFromConfig(config) })`. */
export const transformerFromConfig = (
  config: TransformerConfig,
): { readonly width: number; readonly backbone: (scope: Scope) => Backbone; readonly resolved: ResolvedTransformer } => {
  const resolved = checked(config);
  return { width: resolved.width, backbone: transformer(config), resolved };
};
