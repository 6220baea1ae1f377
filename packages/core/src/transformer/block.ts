import { residual, type tf } from '@anyformer/engine';
import type { Pass } from '../contract/sequence.js';
import type { Attention, AttentionLayer, KeysAndValues, Rotation, View } from '../layers/attention.js';
import { drop } from '../layers/drop.js';
import type { FeedForward } from '../layers/feed-forward.js';
import type { Norm } from '../layers/norm.js';
import type { Branch, NormPlacement } from '../layers/norm-placement.js';
import type { Site } from '../layers/site.js';

export interface BlockOptions {
  readonly attention: Attention;
  readonly feedForward: FeedForward;
  readonly norm: Norm;
  readonly placement: NormPlacement;
  readonly dropout: number;
}

/** What the attentions of one block look at in one pass. */
export interface Seen {
  /** Takes the keys and values of the new positions and says what these see: themselves alone, or a cache as well. */
  self(made: KeysAndValues): View;
  readonly rotation: Rotation | undefined;
  /** Where the block has cross-attention; without it that branch is left out. */
  readonly memory?: View | undefined;
}

/** One block of a stack with its parameters. */
export interface Block {
  readonly path: string;
  readonly self: AttentionLayer;
  readonly cross: AttentionLayer | undefined;
  /** [b, l, w] -> [b, l, w] */
  run(x: tf.Tensor, seen: Seen, pass: Pass): tf.Tensor;
}

/** Attention, cross-attention where asked for, and feed-forward, joined as the placement says. */
export const buildBlock = (site: Site, options: BlockOptions, kind: { readonly causal: boolean; readonly cross: boolean }): Block => {
  const { attention, feedForward, norm, placement, dropout } = options;
  const selfName = kind.causal ? 'self-attention' : 'attention';
  const part = <Layer>(name: string, build: (at: Site) => Layer) => ({
    layer: build(site.child(name)),
    name,
    norm: norm.build(site.scope.child(`${name}-norm`), site.scope.width),
  });
  const self = part(selfName, attention.build);
  const cross = kind.cross ? part('cross-attention', attention.build) : undefined;
  const forward = part('feed-forward', feedForward.build);

  const branch = (
    { name, norm: own }: { readonly name: string; readonly norm: Branch['norm'] },
    pass: Pass,
    run: (x: tf.Tensor) => tf.Tensor,
    onto: Branch['add'] | undefined,
  ): Branch => ({
    norm(x) {
      const normed = own(x);
      pass.record?.(`${site.path}/${name}-norm/input`, () => x);
      pass.record?.(`${site.path}/${name}-norm`, () => normed);
      return normed;
    },
    add: (stream, x) =>
      onto === undefined || pass.training || pass.record !== undefined
        ? residual(stream, drop(run(x), dropout, pass, `${site.scope.path}/${name}`)) // [b, l, w]
        : onto(stream, x),
  });

  return {
    path: site.path,
    self: self.layer,
    cross: cross?.layer,
    run(x, { self: see, rotation, memory }, pass) {
      const itself = (y: tf.Tensor): [tf.Tensor3D, View] => {
        const { query, ...made } = self.layer.project(y, rotation);
        return [query, see(made)];
      };
      const looks = ({ layer, ...named }: typeof self, view: (y: tf.Tensor) => [tf.Tensor3D, View]): Branch =>
        branch(
          named,
          pass,
          (y) => layer.attend(...view(y), pass),
          layer.attendOnto && ((stream, y) => layer.attendOnto!(stream, ...view(y), pass)),
        );
      const branches = [looks(self, itself)];
      if (cross !== undefined && memory !== undefined) branches.push(looks(cross, (y) => [cross.layer.ask(y), memory]));
      branches.push(
        branch(forward, pass, (y) => forward.layer(y, pass), forward.layer.onto && ((stream, y) => forward.layer.onto!(stream, y, pass))),
      );
      return placement.join(x, branches); // [b, l, w]
    },
  };
};
