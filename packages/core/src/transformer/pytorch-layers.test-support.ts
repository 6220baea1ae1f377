import { tf, valueAndGradients } from '@anyformer/engine';
import { inference } from '../contract/sequence.js';
import { multiHead } from '../layers/attention.js';
import { feedForward } from '../layers/feed-forward.js';
import { layerNorm, noNorm } from '../layers/norm.js';
import { postNorm } from '../layers/norm-placement.js';
import { siteOf } from '../layers/site.js';
import { initialization } from '../parameters/initialization.js';
import { ParameterStore } from '../parameters/store.js';
import { assemble } from './assemble.js';
import { buildBlock } from './block.js';

/** A case of PyTorch's own tests of its Transformer layers, [length][batch][feature]; masks are [batch][length], 1 = ignore. */
export interface LayerCase {
  readonly kind: 'encoder_layer' | 'decoder_layer' | 'encoder_stack';
  readonly activation: 'relu' | 'gelu';
  readonly src?: number[][][];
  readonly tgt?: number[][][];
  readonly memory?: number[][][];
  readonly src_key_padding_mask?: number[][];
  readonly tgt_key_padding_mask?: number[][];
  readonly memory_key_padding_mask?: number[][];
  readonly layers?: number;
  readonly final_norm?: string;
  readonly expected: number[][][];
}

/** Output and gradients of the sum of output * sin(index + 1), under PyTorch's names and layouts. */
export interface LayerResult {
  /** [b, l, w] */
  readonly output: Float32Array;
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/** [length][batch][feature] to [b, l, w]. */
export const batchFirst = (values: number[][][]): tf.Tensor3D => tf.tensor3d(values[0]!.map((_, i) => values.map((row) => row[i]!)));

const realOf = (ignored: number[][] | undefined, b: number, l: number): tf.Tensor2D =>
  ignored === undefined
    ? (tf.ones([b, l], 'bool') as tf.Tensor2D)
    : tf.tensor2d(
        ignored.map((row) => row.map((x) => 1 - x)),
        [b, l],
        'bool',
      );

interface Piece {
  readonly path: string;
  /** First row of PyTorch's tensor, where several of ours are stacked in one. */
  readonly row: number;
  readonly weight: boolean;
}

/** Our parameters behind one of PyTorch's. */
const pieces = (prefix: string, kind: LayerCase['kind']): ReadonlyMap<string, readonly Piece[]> => {
  const one = (path: string): Piece => ({ path, row: 0, weight: path.endsWith('weight') });
  const map = new Map<string, readonly Piece[]>();
  const attention = (theirs: string, ours: string): void => {
    for (const part of ['weight', 'bias']) {
      map.set(
        `${theirs}.in_proj_${part}`,
        ['query', 'key', 'value'].map((name, i) => ({ path: `${ours}/${name}/${part}`, row: 4 * i, weight: part === 'weight' })),
      );
      map.set(`${theirs}.out_proj.${part}`, [one(`${ours}/output/${part}`)]);
    }
  };
  const norm = (theirs: string, ours: string): void => {
    map.set(`${theirs}.weight`, [one(`${ours}/gain`)]);
    map.set(`${theirs}.bias`, [one(`${ours}/bias`)]);
  };
  const own = kind === 'decoder_layer' ? 'self-attention' : 'attention';
  const norms = kind === 'decoder_layer' ? [own, 'cross-attention', 'feed-forward'] : [own, 'feed-forward'];
  attention('self_attn', `${prefix}${own}`);
  if (kind === 'decoder_layer') attention('multihead_attn', `${prefix}cross-attention`);
  norms.forEach((name, i) => {
    norm(`norm${i + 1}`, `${prefix}${name}-norm`);
  });
  for (const part of ['weight', 'bias']) {
    map.set(`linear1.${part}`, [one(`${prefix}feed-forward/in/${part}`)]);
    map.set(`linear2.${part}`, [one(`${prefix}feed-forward/out/${part}`)]);
  }
  return map;
};

/** Fills every parameter as the cases say: cos(0), cos(1), … in PyTorch's layout. */
const fill = (store: ParameterStore, map: ReadonlyMap<string, readonly Piece[]>): void => {
  for (const { path, row, weight } of [...map.values()].flat()) {
    const { shape, size } = store.all.get(path)!;
    const [rows, columns] = weight ? (shape as [number, number]) : [1, size];
    const at = (i: number) => (weight ? (row + (i % columns)) * rows + Math.floor(i / columns) : row + i);
    store.assign(
      path,
      Float32Array.from({ length: size }, (_, i) => Math.cos(at(i))),
    );
  }
};

/** Computes a case with our layers. */
export const runLayerCase = async (given: LayerCase): Promise<LayerResult> => {
  const store = new ParameterStore({ width: 4, seed: 1 });
  const parts = {
    attention: multiHead({ heads: 2 }),
    feedForward: feedForward({ width: 16, activation: given.activation }),
    norm: layerNorm({ epsilon: 1e-5 }),
    placement: postNorm,
    dropout: 0,
  };
  const x = batchFirst((given.src ?? given.tgt)!);
  const [b, l] = x.shape;
  const mask = realOf(given.src_key_padding_mask ?? given.tgt_key_padding_mask, b, l);
  const maps: [string, ReadonlyMap<string, readonly Piece[]>][] = [];
  let forward: () => tf.Tensor;
  if (given.kind === 'encoder_stack') {
    const layers = given.layers!;
    const { encoder } = assemble({ encoder: { ...parts, layers, finalNorm: given.final_norm ? parts.norm : noNorm() } })(store.scope('x'));
    for (let i = 0; i < layers; i++) maps.push([`layers.${i}.`, pieces(`x/encoder/block${i}/`, given.kind)]);
    if (given.final_norm) maps.push(['', new Map([['norm.weight', [{ path: 'x/encoder/norm/gain', row: 0, weight: false }]]])]);
    forward = () => encoder!({ embeddings: x, mask, positions: tf.zeros([1, l, 1]) }, inference).hidden;
  } else {
    const cross = given.kind === 'decoder_layer';
    const site = siteOf(store.scope('x'), 'x', initialization('xavier-uniform'), 2);
    const block = buildBlock(site, parts, { causal: cross, cross });
    maps.push(['', pieces('x/', given.kind)]);
    const memory = given.memory && batchFirst(given.memory);
    forward = () => {
      const view = memory && {
        ...block.cross!.remember(memory),
        mask: realOf(given.memory_key_padding_mask, b, memory.shape[1]),
      };
      return block.run(x, { self: (made) => ({ ...made, mask }), rotation: undefined, memory: view }, inference);
    };
  }
  for (const [, map] of maps) if (!map.has('norm.weight')) fill(store, map);

  const { value, gradients } = valueAndGradients(() => {
    const output = forward();
    const probe = tf.sin(tf.reshape(tf.range(1, output.size + 1), output.shape));
    return { loss: tf.sum(tf.mul(output, probe)) as tf.Scalar, output };
  }, [...store.all.values()]);
  const named = new Map<string, Float32Array>();
  for (const [prefix, map] of maps)
    for (const [name, list] of map) {
      const joined: number[] = [];
      for (const { path, weight } of list) {
        const gradient = gradients.get(store.all.get(path)!)!;
        joined.push(...(await (weight ? tf.transpose(gradient) : gradient).data()));
      }
      named.set(prefix + name, Float32Array.from(joined));
    }
  const output = Float32Array.from(await value.output.data());
  store.dispose();
  return { output, gradients: named };
};
