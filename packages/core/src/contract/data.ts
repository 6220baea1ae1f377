/** A part of the data by name. */
export type Split = 'train' | 'valid' | 'test' | (string & {});

/** Where in the data a run stands. */
export interface DataCursor {
  readonly epoch: number;
  /** Examples of this epoch already given out. */
  readonly index: number;
  /** Seed of the order in which examples come; the same seed and epoch give the same order. */
  readonly seed: number;
}

/** Where raw examples come from. Read as a stream: never a whole corpus in tensors. */
export interface DataSource<Raw> {
  /**
   * The examples of one epoch from `from.index` on; the stream ends with the epoch (or never, where data are generated without end).
   * Splits other than `train` come in their own fixed order. An unknown split is an error that lists the known ones.
   */
  examples(split: Split, from: DataCursor): AsyncIterable<Raw>;
  readonly splits: readonly Split[];
  /** Examples in an epoch of a split, where known. */
  size?(split: Split): number | undefined;
  /** Where a raw example stands, for errors, such as `train.de:17`. */
  place?(raw: Raw): string | undefined;
}
