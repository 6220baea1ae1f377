import { readFileSync } from 'node:fs';
import type { ParameterStore } from '../parameters/store.js';
import type { TransformerConfig } from './config.js';

/** A tensor of a file. */
export interface Stored {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

/** Reads a safetensors file of float32 and int32. */
const safetensors = (file: Buffer): Map<string, Stored> => {
  const start = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, start).toString()) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: number[] }
  >;
  return new Map(
    Object.entries(header)
      .filter(([name]) => name !== '__metadata__')
      .map(
        ([
          name,
          {
            dtype,
            shape,
            data_offsets: [from, to],
          },
        ]) => {
          const bytes = Uint8Array.from(file.subarray(start + from!, start + to!)).buffer;
          return [name, { shape, values: dtype === 'F32' ? new Float32Array(bytes) : new Int32Array(bytes) }];
        },
      ),
  );
};

/** Paths in `../shared` of what the library wrote of a model, for {@link readFixture}. */
export const fixture = (folder: string): string[] =>
  ['model.safetensors', 'expected.safetensors', 'expected.json'].map((file) => `data/fixtures/models/${folder}/${file}`);

/** A model's weights, what the library computed with it, and the description of that. */
export const readFixture = (
  files: readonly string[],
): { readonly weights: Map<string, Stored>; readonly values: Map<string, Stored>; readonly expected: any } => {
  const [weights, values, expected] = files.map((file) => readFileSync(file));
  return { weights: safetensors(weights!), values: safetensors(values!), expected: JSON.parse(expected!.toString()) };
};

/** Our layer and theirs, `{i}` for the block; of a matrix or bias of theirs only some output rows, where several are stacked. */
type Rule = readonly [ours: string, theirs: string, rows?: readonly number[]];

/** How a family of models is written with our parts. */
export interface Family {
  readonly config: TransformerConfig;
  readonly rules: readonly Rule[];
  /** Whether their matrices are [out, in]; yes unless said. */
  readonly turned?: boolean;
  /** Table of embeddings, of logits where it is another, and tables whose first row is added to every embedding. */
  readonly table: string;
  readonly output?: string;
  readonly outputScale?: number;
  readonly outputBias?: string;
  readonly kinds?: string;
}

/** Fills our parameters from their tensors; every one of ours must be found. */
export const fill = (store: ParameterStore, { rules, turned = true }: Family, stored: ReadonlyMap<string, Stored>): void => {
  for (const [path, { shape, size }] of store.all) {
    const [, block = '', part] = /(?:block(\d+).*)?\/(\w+)$/.exec(path)!;
    const layer = path
      .replace(/^backbone\//, '')
      .replace(/\/\w+$/, '')
      .replace(/block\d+/, 'block{i}');
    const rule = rules.find(([ours]) => ours === layer);
    const name = rule?.[1].replaceAll('{i}', block) + (part === 'table' ? '' : part === 'bias' ? '.bias' : '.weight');
    const source = stored.get(name);
    if (rule === undefined || source === undefined) throw new Error(`nothing for ${path} (${name})`);
    const [rows, columns] = part === 'weight' ? (shape as [number, number]) : [1, size];
    const chosen = rule[2];
    const values = new Float32Array(size);
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const output = part === 'table' ? column : (chosen?.[column] ?? column);
        const width = source.shape.at(-1)!;
        values[row * columns + column] = source.values[part === 'weight' && turned ? output * width + row : row * width + output]!;
      }
    store.assign(path, values);
  }
};

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);
const parts = ['query', 'key', 'value', 'output'] as const;
const attention = (ours: string, theirs: string, names: readonly string[]): Rule[] =>
  parts.map((part, i) => [`${ours}/${part}`, `${theirs}.${names[i]}`]);

const gpt2 = (width: number): Rule[] => [
  ['decoder/positions', 'transformer.wpe.weight'],
  ['decoder/norm', 'transformer.ln_f'],
  ['decoder/block{i}/self-attention-norm', 'transformer.h.{i}.ln_1'],
  ['decoder/block{i}/feed-forward-norm', 'transformer.h.{i}.ln_2'],
  ...[0, 1, 2].map((j): Rule => [`decoder/block{i}/self-attention/${parts[j]}`, 'transformer.h.{i}.attn.c_attn', range(j * width, width)]),
  ['decoder/block{i}/self-attention/output', 'transformer.h.{i}.attn.c_proj'],
  ['decoder/block{i}/feed-forward/in', 'transformer.h.{i}.mlp.c_fc'],
  ['decoder/block{i}/feed-forward/out', 'transformer.h.{i}.mlp.c_proj'],
];

const t5 = (gated: boolean): Rule[] =>
  (['encoder', 'decoder'] as const).flatMap((side): Rule[] => {
    const [ours, theirs] = [`${side}/block{i}`, `${side}.block.{i}.layer`];
    const own = side === 'encoder' ? 'attention' : 'self-attention';
    const last = `${theirs}.${side === 'encoder' ? 1 : 2}`;
    return [
      [`${side}/positions`, `${side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight`],
      [`${side}/norm`, `${side}.final_layer_norm`],
      [`${ours}/${own}-norm`, `${theirs}.0.layer_norm`],
      ...attention(`${ours}/${own}`, `${theirs}.0.SelfAttention`, ['q', 'k', 'v', 'o']),
      [`${ours}/cross-attention-norm`, `${theirs}.1.layer_norm`],
      ...attention(`${ours}/cross-attention`, `${theirs}.1.EncDecAttention`, ['q', 'k', 'v', 'o']),
      [`${ours}/feed-forward-norm`, `${last}.layer_norm`],
      [`${ours}/feed-forward/gate`, `${last}.DenseReluDense.wi_0`],
      [`${ours}/feed-forward/in`, `${last}.DenseReluDense.${gated ? 'wi_1' : 'wi'}`],
      [`${ours}/feed-forward/out`, `${last}.DenseReluDense.wo`],
    ];
  });

const bart: Rule[] = (['encoder', 'decoder'] as const).flatMap((side): Rule[] => {
  const [ours, theirs] = [`${side}/block{i}`, `model.${side}.layers.{i}`];
  const own = side === 'encoder' ? 'attention' : 'self-attention';
  return [
    [`${side}/positions`, `model.${side}.embed_positions.weight`],
    [`${side}/embedding-norm`, `model.${side}.layernorm_embedding`],
    [`${ours}/${own}-norm`, `${theirs}.self_attn_layer_norm`],
    ...attention(`${ours}/${own}`, `${theirs}.self_attn`, ['q_proj', 'k_proj', 'v_proj', 'out_proj']),
    [`${ours}/cross-attention-norm`, `${theirs}.encoder_attn_layer_norm`],
    ...attention(`${ours}/cross-attention`, `${theirs}.encoder_attn`, ['q_proj', 'k_proj', 'v_proj', 'out_proj']),
    [`${ours}/feed-forward-norm`, `${theirs}.final_layer_norm`],
    [`${ours}/feed-forward/in`, `${theirs}.fc1`],
    [`${ours}/feed-forward/out`, `${theirs}.fc2`],
  ];
});

const layer = 'decoder/block{i}';
const wide = { width: 32, heads: 4, feedForward: 64 } as const;
const t5Config = { ...wide, layers: 2, norm: 'rms', biases: false, attentionScale: 1 } as const;

/** Families by the folder of their fixture. */
export const families: Readonly<Record<string, Family>> = {
  gpt2: {
    config: { ...wide, feedForward: 128, encoder: false, layers: 3, activation: 'gelu-tanh', positions: { kind: 'learned', length: 80 } },
    rules: gpt2(32),
    turned: false,
    table: 'transformer.wte.weight',
  },
  llama: {
    config: {
      ...wide,
      keyValueHeads: 2,
      feedForward: 56,
      encoder: false,
      layers: 3,
      norm: 'rms',
      normEpsilon: 1e-5,
      activation: 'swiglu',
      biases: false,
      positions: 'rotary',
    },
    rules: [
      ['decoder/norm', 'model.norm'],
      [`${layer}/self-attention-norm`, 'model.layers.{i}.input_layernorm'],
      ...attention(`${layer}/self-attention`, 'model.layers.{i}.self_attn', ['q_proj', 'k_proj', 'v_proj', 'o_proj']),
      [`${layer}/feed-forward-norm`, 'model.layers.{i}.post_attention_layernorm'],
      [`${layer}/feed-forward/gate`, 'model.layers.{i}.mlp.gate_proj'],
      [`${layer}/feed-forward/in`, 'model.layers.{i}.mlp.up_proj'],
      [`${layer}/feed-forward/out`, 'model.layers.{i}.mlp.down_proj'],
    ],
    table: 'model.embed_tokens.weight',
    output: 'lm_head.weight',
  },
  'gpt-neox': {
    config: {
      width: 48,
      heads: 3,
      feedForward: 64,
      encoder: false,
      layers: 2,
      normPlacement: 'parallel',
      activation: 'gelu',
      positions: { kind: 'rotary', width: 4 },
    },
    rules: [
      ['decoder/norm', 'gpt_neox.final_layer_norm'],
      [`${layer}/self-attention-norm`, 'gpt_neox.layers.{i}.input_layernorm'],
      ...[0, 1, 2].map((j): Rule => {
        const rows = [0, 1, 2].flatMap((head) => range(head * 48 + j * 16, 16));
        return [`${layer}/self-attention/${parts[j]}`, 'gpt_neox.layers.{i}.attention.query_key_value', rows];
      }),
      [`${layer}/self-attention/output`, 'gpt_neox.layers.{i}.attention.dense'],
      [`${layer}/feed-forward-norm`, 'gpt_neox.layers.{i}.post_attention_layernorm'],
      [`${layer}/feed-forward/in`, 'gpt_neox.layers.{i}.mlp.dense_h_to_4h'],
      [`${layer}/feed-forward/out`, 'gpt_neox.layers.{i}.mlp.dense_4h_to_h'],
    ],
    table: 'gpt_neox.embed_in.weight',
    output: 'embed_out.weight',
  },
  t5: {
    config: { ...t5Config, positions: { kind: 'relative', buckets: 16, maxDistance: 40 } },
    rules: t5(false),
    table: 'shared.weight',
    outputScale: 32 ** -0.5,
  },
  't5-gated-gelu': {
    config: { ...t5Config, encoder: { layers: 3 }, activation: 'geglu-tanh', positions: 'relative' },
    rules: t5(true),
    table: 'shared.weight',
    output: 'lm_head.weight',
  },
  bart: {
    config: {
      ...wide,
      layers: 2,
      normPlacement: 'post',
      embeddingNorm: true,
      activation: 'gelu',
      positions: { kind: 'learned', length: 64, start: 2 },
    },
    rules: bart,
    table: 'model.shared.weight',
    outputBias: 'final_logits_bias',
  },
  marian: {
    config: {
      ...wide,
      encoder: { layers: 3 },
      layers: 2,
      normPlacement: 'post',
      embeddingScale: true,
      activation: 'silu',
      positions: { kind: 'sinusoidal', layout: 'halves' },
    },
    rules: bart,
    table: 'model.shared.weight',
    outputBias: 'final_logits_bias',
  },
  'bert-mlm': {
    config: {
      ...wide,
      decoder: false,
      layers: 3,
      normPlacement: 'post',
      normEpsilon: 1e-12,
      embeddingNorm: true,
      activation: 'gelu',
      positions: { kind: 'learned', length: 64 },
    },
    rules: [
      ['encoder/positions', 'bert.embeddings.position_embeddings.weight'],
      ['encoder/embedding-norm', 'bert.embeddings.LayerNorm'],
      ...attention('encoder/block{i}/attention', 'bert.encoder.layer.{i}.attention', [
        'self.query',
        'self.key',
        'self.value',
        'output.dense',
      ]),
      ['encoder/block{i}/attention-norm', 'bert.encoder.layer.{i}.attention.output.LayerNorm'],
      ['encoder/block{i}/feed-forward/in', 'bert.encoder.layer.{i}.intermediate.dense'],
      ['encoder/block{i}/feed-forward/out', 'bert.encoder.layer.{i}.output.dense'],
      ['encoder/block{i}/feed-forward-norm', 'bert.encoder.layer.{i}.output.LayerNorm'],
    ],
    table: 'bert.embeddings.word_embeddings.weight',
    kinds: 'bert.embeddings.token_type_embeddings.weight',
  },
};

/** minGPT's gpt-nano, in the layout of its own file. */
export const nano: Family = {
  config: {
    width: 48,
    heads: 3,
    feedForward: 192,
    encoder: false,
    layers: 3,
    activation: 'gelu-tanh',
    positions: { kind: 'learned', length: 11 },
  },
  rules: gpt2(48),
  table: 'transformer.wte.weight',
  output: 'lm_head.weight',
};
