import type { tf } from '@anyformer/engine';
import type { Backbone } from './backbone.js';
import type { DataSource } from './data.js';
import type { Metric } from './metric.js';
import type { Embedder, GenerativeModality, Modality, Unembedder } from './modality.js';
import type { Scope } from './scope.js';
import type { Batch, Pass } from './sequence.js';

/** Never a mean: sums and weights add up across micro-batches, tasks and workers. */
export type WeightedLoss = {
  readonly sum: tf.Scalar;
  readonly weight: tf.Scalar;
};

/** What a task is built from: the shared backbone, the modalities' embedders, and a scope of its own. */
export interface Parts {
  readonly backbone: Backbone;
  /** `task/<id>` */
  readonly scope: Scope;
  /** One embedder per modality id, shared by every task that asks. */
  embedder(modality: Modality): Embedder;
  unembedder(modality: GenerativeModality): Unembedder;
}

/** A task with its parameters. */
export interface TaskModel<B extends Batch = Batch, Raw = any, Observation = any> {
  loss(batch: B, pass: Pass): WeightedLoss;
  /** Most positions of each side that it takes, in the order of {@link Task.positions}; any number where undefined. */
  readonly limits?: readonly (number | undefined)[];
  /** What the metrics look at: one observation per raw example, from the trained model. Called outside `tidy`; leaves no tensors behind. */
  observe(raws: readonly Raw[]): Promise<Observation[]>;
}

/** An objective: which modalities go in, what comes out, how it is scored, where examples come from. */
export interface Task<Raw = any, Example = any, B extends Batch = Batch, Observation = any> {
  /** Names its parameters `task/<id>/…` and its random streams. */
  readonly id: string;
  readonly modalities: readonly Modality[];
  readonly data: DataSource<Raw>;
  encode(raw: Raw): Example;
  /** Positions of each side (say target, then source): batches are cut by their mean and bucketed in this order. */
  positions(example: Example): readonly number[];
  collate(examples: readonly Example[]): B;
  build(parts: Parts): TaskModel<B, Raw, Observation>;
  metrics(): readonly Metric<Observation>[];
}
