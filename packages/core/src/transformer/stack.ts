import { AnyformerError, recomputed, tf } from '@anyformer/engine';
import type { Scope } from '../contract/scope.js';
import type { Pass, Sequence } from '../contract/sequence.js';
import type { Attention, Rotation } from '../layers/attention.js';
import { drop, dropped } from '../layers/drop.js';
import type { FeedForward } from '../layers/feed-forward.js';
import type { Norm } from '../layers/norm.js';
import { type NormPlacement, preNorm } from '../layers/norm-placement.js';
import { siteOf } from '../layers/site.js';
import { type Initialization, initialization } from '../parameters/initialization.js';
import { type Coordinates, noPositions, type PositionScheme } from '../positions/scheme.js';
import { type Block, buildBlock, type Seen } from './block.js';

/** The parts that every block of a stack is made of. */
export interface StackOptions {
  readonly layers: number;
  readonly attention: Attention;
  readonly feedForward: FeedForward;
  readonly norm: Norm;
  /** {@link preNorm} unless said. */
  readonly placement?: NormPlacement;
  /** {@link noPositions} unless said. */
  readonly positions?: PositionScheme;
  /** On the embeddings and on what each branch adds, in training. */
  readonly dropout?: number;
  /** Probability of leaving out a whole block, in training. */
  readonly layerDrop?: number;
  /**
   * Whether what block i computes is kept for the backward pass only as far as it enters the block, and computed again there (Chen et al.
   * 2016): the same numbers, in less memory and more time. None unless said.
   */
  readonly recompute?: (i: number) => boolean;
  /** Multiplies the embeddings by sqrt(w) before positions are added (Vaswani et al. 2017, section 3.4). */
  readonly embeddingScale?: boolean;
  /** Norm of the embeddings after positions are added; none unless given. */
  readonly embeddingNorm?: Norm;
  /** Norm at the end; unless given, the stack's own where its placement leaves the stream open, else none. */
  readonly finalNorm?: Norm;
  /** `xavier-uniform` unless said. */
  readonly initialization?: Initialization;
}

/** What a stack makes of coordinates: how queries and keys turn, and the bias of their distances. */
export interface Placed {
  readonly rotation: Rotation | undefined;
  readonly bias: tf.Tensor4D | undefined;
}

/** Blocks with what goes before and after them. */
export interface Stack {
  readonly path: string;
  readonly blocks: readonly Block[];
  /** Most positions of a sequence; any number where undefined. */
  readonly limit: number | undefined;
  /** Whether the position scheme looks at the coordinates of keys: a cache has to remember them. */
  readonly comparesPositions: boolean;
  place(queries: Coordinates, keys: Coordinates): Placed;
  /** What enters the first block: [b, l, w] -> [b, l, w]. */
  enter(sequence: Sequence, places: Coordinates, pass: Pass): tf.Tensor3D;
  /** Through all blocks and the last norm: [b, l, w] -> [b, l, w]. `seen` says what block i looks at. */
  run(x: tf.Tensor3D, seen: (i: number) => Seen, pass: Pass): tf.Tensor3D;
}

/** Builds a stack: `encoder`, or `decoder` with causal and, where `cross` is true, cross-attention. */
export const buildStack = (
  scope: Scope,
  path: string,
  options: StackOptions,
  kind: { readonly causal: boolean; readonly cross: boolean },
): Stack => {
  const { layers, attention, norm, placement = preNorm, dropout = 0, layerDrop = 0, embeddingScale = false } = options;
  const { recompute = () => false } = options;
  if (!(Number.isInteger(layers) && layers > 0))
    throw new AnyformerError({
      code: 'transformer/layers',
      who: path,
      given: `${layers} layers`,
      accepted: 'a whole number, at least 1',
      exit: 2,
    });
  const w = scope.width;
  const site = siteOf(scope, path, options.initialization ?? initialization('xavier-uniform'), layers * (kind.cross ? 3 : 2));
  const positions = (options.positions ?? noPositions()).build({
    scope: scope.child('positions'),
    heads: attention.heads,
    headWidth: attention.headWidth(w),
    causal: kind.causal,
  });
  const embeddingNorm = options.embeddingNorm?.build(scope.child('embedding-norm'), w);
  const blocks = Array.from({ length: layers }, (_, i) => buildBlock(site.child(`block${i}`), { ...options, placement, dropout }, kind));
  const finalNorm = (options.finalNorm ?? (placement.open ? norm : undefined))?.build(scope.child('norm'), w);

  return {
    path,
    blocks,
    limit: positions.limit,
    comparesPositions: positions.bias !== undefined,
    place: (queries, keys) => ({ rotation: positions.rotation?.(queries), bias: positions.bias?.(queries, keys) }),
    enter({ embeddings }, places, pass) {
      const scaled = embeddingScale ? tf.mul(embeddings, Math.sqrt(w)) : embeddings;
      const placed = positions.embed?.(scaled as tf.Tensor3D, places) ?? scaled; // [b, l, w]
      const normed = embeddingNorm?.(placed) ?? placed;
      pass.record?.(`${path}/embeddings`, () => normed);
      return drop(normed, dropout, pass, scope.path) as tf.Tensor3D; // [b, l, w]
    },
    run(x, seen, pass) {
      let stream: tf.Tensor = x;
      blocks.forEach((block, i) => {
        if (!dropped(layerDrop, pass, block.path)) {
          const entering = stream;
          // What is recorded is kept anyway, and is to be recorded once.
          const again = recompute(i) && pass.training && pass.record === undefined;
          stream = (again ? recomputed : tf.tidy<tf.Tensor>)(() => block.run(entering, seen(i), pass));
          // What its gradient needs of it is on the tape, which holds on to the data; a block that runs again needs it as it is.
          if (entering !== x && !again) entering.dispose();
        }
        pass.record?.(block.path, () => stream);
      });
      const hidden = finalNorm?.(stream) ?? stream; // [b, l, w]
      if (finalNorm !== undefined) pass.record?.(`${path}/norm`, () => hidden);
      return hidden as tf.Tensor3D;
    },
  };
};

/** The sum of two biases that may be missing: [1 | b, 1 | h, l, s]. */
export const addBias = (a: tf.Tensor4D | undefined, b: tf.Tensor4D | undefined): tf.Tensor4D | undefined =>
  a !== undefined && b !== undefined ? (tf.add(a, b) as tf.Tensor4D) : (a ?? b);
