import { AnyformerError, nearest } from '@anyformer/engine';
import type { DataSource, Split } from '../contract/data.js';
import type { Random } from '../random/random.js';
import { stream } from '../random/stream.js';

/** What {@link generated} takes. */
export interface GeneratedOptions<Raw> {
  /** Names the data in errors and seeds their streams. */
  readonly name: string;
  readonly seed: number;
  /** Examples in an epoch of training; each epoch brings new ones. */
  readonly epoch: number;
  /** Examples in the fixed splits; 500 and 1000 unless said. */
  readonly valid?: number;
  readonly test?: number;
  /** Makes one example. Draws from the given stream and nowhere else. */
  draw(random: Random): Raw;
}

/** An error for a split that a data source does not have. */
export const unknownSplit = (who: string, split: Split, known: readonly Split[]): AnyformerError => {
  const near = nearest(split, known);
  return new AnyformerError({
    code: 'data/unknown-split',
    who,
    given: `split '${split}'`,
    accepted: known.join(', '),
    fix: near ? `Did you mean '${near}'?` : 'Ask for one of these splits.',
    exit: 2,
  });
};

/** Data made by a function: each example has its own random stream, so any place in them can be gone to at once. */
export const generated = <Raw>(options: GeneratedOptions<Raw>): DataSource<Raw> => {
  const { name, seed, draw } = options;
  const sizes: Readonly<Record<string, number>> = { train: options.epoch, valid: options.valid ?? 500, test: options.test ?? 1000 };
  const splits = Object.keys(sizes);
  const sizeOf = (split: Split): number => {
    if (!splits.includes(split)) throw unknownSplit(`The ${name} data`, split, splits);
    return sizes[split]!;
  };
  return {
    splits,
    size: sizeOf,
    async *examples(split, from) {
      const size = sizeOf(split);
      const order = split === 'train' ? [from.seed, from.epoch] : [];
      for (let i = from.index; i < size; i++) yield draw(stream(seed, name, split, ...order, i));
    },
  };
};
