import { z } from 'zod';
import { initializationNames } from '../parameters/initialization.js';

const size = z.int().positive();
const rate = z.number().min(0).max(0.99);
const side = z.union([z.literal(false), z.strictObject({ layers: z.int().min(0).describe('0 or false: no such side') })]);

const activations = ['relu', 'gelu', 'gelu-tanh', 'silu', 'swiglu', 'geglu', 'geglu-tanh'] as const;

const positions = z.union([
  z.enum(['sinusoidal', 'rotary', 'alibi', 'relative', 'none']),
  z.strictObject({
    kind: z.literal('sinusoidal'),
    base: z.number().positive().optional(),
    scale: z.number().positive().optional().describe('factor on the coordinates'),
    start: z.number().optional(),
    layout: z.enum(['interleaved', 'halves']).optional(),
    inclusive: z.boolean().optional(),
  }),
  z.strictObject({
    kind: z.literal('learned'),
    length: z.union([size, z.array(size).min(1)]).describe('positions in the table, or one size per coordinate'),
    start: z.int().min(0).optional(),
  }),
  z.strictObject({
    kind: z.literal('rotary'),
    base: z.number().positive().optional(),
    scale: z.number().positive().optional().describe('factor on the coordinates'),
    width: size.optional().describe('columns of each head that turn, all unless said'),
    interleaved: z.boolean().optional(),
  }),
  z.strictObject({ kind: z.literal('relative'), buckets: z.int().min(4).optional(), maxDistance: size.optional() }),
  z.strictObject({ kind: z.enum(['alibi', 'none']) }),
]);

const biases = z.union([
  z.boolean(),
  z.strictObject({
    attention: z
      .union([
        z.boolean(),
        z.strictObject({
          query: z.boolean().optional(),
          key: z.boolean().optional(),
          value: z.boolean().optional(),
          output: z.boolean().optional(),
        }),
      ])
      .optional(),
    feedForward: z.boolean().optional(),
    norm: z.boolean().optional(),
  }),
]);

const recompute = z.union([z.boolean(), z.strictObject({ every: size })]);

/** Everything about a Transformer that has a name or a number. */
export const transformerChoices = z.strictObject({
  width: size.optional().describe('model width w'),
  heads: size.optional(),
  keyValueHeads: size.optional().describe('a divisor of heads: grouped heads share keys and values'),
  headWidth: size.optional().describe('width / heads unless said'),
  valueWidth: size.optional().describe('width of a head’s values; headWidth unless said'),
  feedForward: size.optional().describe('width between; 4 * width unless said'),
  layers: size.optional().describe('of both sides, where a side does not say its own'),
  encoder: side.optional(),
  decoder: side.optional(),
  norm: z.enum(['layer', 'rms']).optional(),
  normEpsilon: z.number().positive().optional(),
  normPlacement: z.enum(['pre', 'post', 'parallel']).optional(),
  embeddingNorm: z.boolean().optional().describe('a norm after positions are added'),
  finalNorm: z.boolean().optional().describe('a norm at the end of a stack; with pre and parallel unless said'),
  activation: z.enum(activations).optional(),
  biases: biases.optional().describe('all, none, or by part: yes where a part is not named'),
  attentionScale: z.number().positive().optional().describe('factor on the attention logits; 1 / sqrt(headWidth) unless said'),
  qkNorm: z.boolean().optional(),
  positions: positions.optional(),
  dropout: rate.optional().describe('on embeddings and residual branches'),
  attentionDropout: rate.optional(),
  feedForwardDropout: rate.optional(),
  layerDrop: rate.optional(),
  recompute: recompute
    .optional()
    .describe('blocks that are computed again in the backward pass instead of kept: all, or every k-th; less memory, same numbers'),
  embeddingScale: z.boolean().optional().describe('embeddings times sqrt(width)'),
  initializer: z.enum(initializationNames).optional(),
});

/** {@link transformerChoices}, each optional. */
export type TransformerChoices = z.infer<typeof transformerChoices>;
