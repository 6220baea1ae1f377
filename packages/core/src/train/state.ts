import type { ParameterValues } from '../parameters/store.js';
import type { BatchCursor } from './batches.js';

/** The best evaluation so far. */
export interface Best {
  /** `task/metric` */
  readonly metric: string;
  readonly value: number;
  readonly step: number;
}

/**
 * Where a run stands besides its tensors. Random streams are derived from (seed, task id, step), so the seed and the step are their state.
 */
export interface TrainingState {
  readonly seed: number;
  readonly step: number;
  readonly cursors: Readonly<Record<string, BatchCursor>>;
  readonly best?: Best | undefined;
  /** Evaluations since the best one. */
  readonly sinceBest: number;
  /** Updates of each parameter. */
  readonly updates: Readonly<Record<string, number>>;
}

/** Everything a run needs to go on as if it had never stopped: with numbers at hand, or with such as are still to be read. */
export interface Snapshot<Values = ParameterValues> {
  readonly state: TrainingState;
  /** The weights to use: averaged ones where averaging is on. */
  readonly weights: ReadonlyMap<string, Values>;
  /** The weights being trained, where they are not the ones to use. */
  readonly raw?: ReadonlyMap<string, Values> | undefined;
  readonly slots: ReadonlyMap<string, Values>;
}
