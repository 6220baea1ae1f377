/** One attention map on the host. */
export interface AttentionMap {
  /** Such as `decoder/block0/cross-attention`. */
  readonly path: string;
  /** [h, rows, columns], each row adds up to 1. */
  readonly weights: Float32Array;
  readonly heads: number;
  /** One label per query. */
  readonly rows: readonly string[];
  /** One label per key. */
  readonly columns: readonly string[];
}

/** What an attention page is given to draw, as small as may be. */
export interface AttentionPageData {
  /** Sequences of labels, each once. */
  readonly labels: readonly (readonly string[])[];
  /** Kinds of attention: where it looks from and to. */
  readonly groups: readonly { readonly title: string; readonly rows: string; readonly columns: string; readonly verb: string }[];
  /** `rows` and `columns` are places in `labels`, `group` one in `groups`; weights are base64 of bytes, 255 for 1. */
  readonly maps: readonly {
    readonly group: number;
    readonly layer: number;
    readonly heads: number;
    readonly rows: number;
    readonly columns: number;
    readonly weights: string;
  }[];
  /** What is seen first. No row: none is picked out. */
  readonly start: { readonly group: number; readonly layer: number; readonly heads: readonly number[]; readonly row: number | null };
}
