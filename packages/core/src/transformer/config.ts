import { z } from 'zod';
import { type TransformerChoices, transformerChoices } from './choices.js';
import { type PresetName, presetNames, presets } from './presets.js';

/** The `model:` section of a config, as given: a preset, keys that override it, or keys alone. */
export type TransformerConfig = TransformerChoices & { readonly preset?: PresetName | undefined };

type Complete<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };

/** The same with every value in its place. */
export type ResolvedTransformer = Complete<Omit<TransformerChoices, 'layers' | 'encoder' | 'decoder' | 'finalNorm'>> & {
  readonly preset: PresetName | undefined;
  readonly finalNorm: boolean;
  readonly encoder: { readonly layers: number };
  readonly decoder: { readonly layers: number };
};

/** Fills in what a config leaves to its preset and to the defaults. 0 layers: no such side. */
export const resolveTransformer = (config: TransformerConfig): ResolvedTransformer => {
  const given: TransformerConfig = { ...(config.preset && presets[config.preset]), ...stripped(config) };
  const { width = 0, heads = 0, layers = 0 } = given;
  const headWidth = given.headWidth ?? width / heads;
  const normPlacement = given.normPlacement ?? 'pre';
  const layersOf = (own: TransformerConfig['encoder']) => ({ layers: own === false ? 0 : (own?.layers ?? layers) });
  const norm = given.norm ?? 'layer';
  return {
    preset: given.preset,
    width,
    heads,
    keyValueHeads: given.keyValueHeads ?? heads,
    headWidth,
    valueWidth: given.valueWidth ?? headWidth,
    feedForward: given.feedForward ?? 4 * width,
    encoder: layersOf(given.encoder),
    decoder: layersOf(given.decoder),
    norm,
    normEpsilon: given.normEpsilon ?? (norm === 'rms' ? 1e-6 : 1e-5),
    normPlacement,
    embeddingNorm: given.embeddingNorm ?? false,
    finalNorm: given.finalNorm ?? normPlacement !== 'post',
    activation: given.activation ?? 'relu',
    biases: given.biases ?? true,
    attentionScale: given.attentionScale ?? headWidth ** -0.5,
    qkNorm: given.qkNorm ?? false,
    positions: given.positions ?? 'sinusoidal',
    dropout: given.dropout ?? 0,
    attentionDropout: given.attentionDropout ?? 0,
    feedForwardDropout: given.feedForwardDropout ?? 0,
    layerDrop: given.layerDrop ?? 0,
    recompute: given.recompute ?? false,
    embeddingScale: given.embeddingScale ?? false,
    initializer: given.initializer ?? 'xavier-uniform',
  };
};

/** Without the keys whose value is undefined, which would hide a preset's. */
const stripped = <T extends object>(given: T): T =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;

interface Problem {
  readonly path: readonly string[];
  readonly message: string;
}

/** What no single key can be blamed for. */
const problems = (config: TransformerConfig): Problem[] => {
  const full = resolveTransformer(config);
  const found: Problem[] = [];
  const without = config.preset === undefined;
  if (full.width === 0) found.push({ path: ['width'], message: `needed without a preset (${presetNames.join(', ')})` });
  if (full.heads === 0) found.push({ path: ['heads'], message: 'needed without a preset' });
  if (full.encoder.layers + full.decoder.layers === 0)
    found.push({
      path: ['layers'],
      message: without ? 'needed without a preset, or encoder: { layers } or decoder: { layers }' : 'no side has a layer',
    });
  if (found.length > 0) return found;
  if (!Number.isInteger(full.headWidth))
    found.push({
      path: ['heads'],
      message: `${full.heads} heads do not divide the width ${full.width}; accepted: a divisor, or a headWidth`,
    });
  if (!Number.isInteger(full.heads / full.keyValueHeads))
    found.push({ path: ['keyValueHeads'], message: `${full.keyValueHeads} does not divide the ${full.heads} heads; accepted: a divisor` });
  const { positions: chosen } = full;
  const kind = typeof chosen === 'string' ? chosen : chosen.kind;
  const turned = typeof chosen === 'object' && 'width' in chosen ? (chosen.width ?? full.headWidth) : full.headWidth;
  if (kind === 'rotary' && (turned % 2 !== 0 || turned > full.headWidth))
    found.push({
      path: ['positions'],
      message: `rotary turns pairs of columns: ${turned} of ${full.headWidth}; accepted: an even number, at most the head width`,
    });
  return found;
};

/** Schema of the `model:` section. Unknown keys, wrong types and sizes that do not fit are issues with their path. */
export const transformerConfig = transformerChoices
  .extend({ preset: z.enum(presetNames).optional().describe('values for every key that is not given') })
  .superRefine((config, context) => {
    for (const { path, message } of problems(config)) context.addIssue({ code: 'custom', path: [...path], message });
  });
