import { type Modality, tf } from '@anyformer/core';
import { type Dag, type DagExample, dagCodec } from './codec.js';
import { type DagBatch, nodeEmbedder } from './embedder.js';

/** What {@link graph} takes. */
export interface GraphOptions {
  /** Names the parameters `modality/<id>/…`. */
  readonly id: string;
  /** Numbers per node. */
  readonly features: number;
}

/** Directed acyclic graphs: nodes as positions, edges as attention bias. */
export const graph = ({ id, features }: GraphOptions): Modality<Dag, DagExample, DagBatch> => ({
  id,
  codec: dagCodec(features),
  positions: ({ size }) => size,
  collate(examples) {
    const b = examples.length;
    const l = Math.max(...examples.map(({ size }) => size));
    const values = new Float32Array(b * l * features);
    const real = new Uint8Array(b * l);
    const depth = new Float32Array(b * l);
    const feeds = new Float32Array(b * l * l);
    examples.forEach((example, i) => {
      values.set(example.features, i * l * features);
      real.fill(1, i * l, i * l + example.size);
      depth.set(example.depth, i * l);
      for (const [from, to] of example.edges) feeds[(i * l + from) * l + to] = 1;
    });
    return {
      features: tf.tensor3d(values, [b, l, features]),
      real: tf.tensor2d(real, [b, l], 'bool'),
      depth: tf.tensor3d(depth, [b, l, 1]),
      feeds: tf.tensor3d(feeds, [b, l, l]),
    };
  },
  embedder: nodeEmbedder(features),
});
