/** Ids with a meaning of their own. */
export interface SpecialIds {
  readonly pad: number;
  readonly start: number;
  readonly end: number;
  readonly unknown?: number | undefined;
}

/** A string as ids and back. Pure; the same in Node and in a browser. */
export interface TextCodec {
  readonly kind: string;
  /** `v`: ids are 0 … size - 1. */
  readonly size: number;
  readonly specials: SpecialIds;
  /** Ids of a string, without start and end. */
  encode(text: string): number[];
  /** The string of some ids; special ids are left out. */
  decode(ids: readonly number[]): string;
  /** One short label per id. */
  pieces(ids: readonly number[]): string[];
  /** What a checkpoint stores, by file name; see {@link restoreCodec}. */
  files(): Readonly<Record<string, string>>;
}

/** Names of the special ids, in the order in which our own vocabularies begin. */
export const specialTokens = ['<pad>', '<s>', '</s>', '<unk>'] as const;

/** {@link specialTokens} as ids. */
export const ownSpecials: SpecialIds = { pad: 0, start: 1, end: 2, unknown: 3 };
