import type { DataSource, Generated, Metric, Split } from '@anyformer/core';

/** Two texts that say the same, and what their source knows about them besides. */
export interface Pair<About = unknown> {
  readonly source: string;
  readonly target: string;
  /** Read by the metrics that the source itself brings. */
  readonly about?: About | undefined;
  /** Where it stands, where it was read from files. */
  readonly at?: Place | undefined;
}

/** A line of a pair of files, or of one that holds both sides. */
export interface Place {
  readonly files: { readonly source: string; readonly target: string };
  readonly line: number;
}

/** Names file and line of both sides. */
export const placeText = ({ files: { source, target }, line }: Place): string =>
  source === target ? `${source}:${line}` : `${source}:${line} and ${target}:${line}`;

/** What became of the pairs of a split. */
export interface PairCounts {
  readonly read: number;
  readonly kept: number;
  /** With an empty side, where those are dropped. */
  readonly empty: number;
  readonly tooLong: number;
  readonly unevenLengths: number;
}

/** Counts in words: what was read, and how much of it was left out, and why. */
export const countsLine = ({ read, kept, empty, tooLong, unevenLengths }: PairCounts): string => {
  const left = [
    empty > 0 ? `${empty} with an empty side` : '',
    tooLong > 0 ? `${tooLong} too long` : '',
    unevenLengths > 0 ? `${unevenLengths} of too uneven lengths` : '',
  ].filter((part) => part !== '');
  return `${read} pairs, ${kept} kept${left.length > 0 ? `; left out: ${left.join(', ')}` : ''}`;
};

/** Pairs of texts to train and test on. */
export interface PairSource extends DataSource<Pair> {
  /** Metrics for what only these data know, such as which sentences have a pronoun to resolve. */
  metrics?(): readonly Metric<Generated<Pair>>[];
  /** What the filters did, once a split has been read to its end. */
  counts?(split: Split): PairCounts | undefined;
}
