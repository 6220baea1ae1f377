/** Kernels that return -1, or where they found an id or a label that there is not. */
export const complaining: ReadonlySet<string> = new Set(['cross_entropy', 'gather_rows', 'scatter_add_rows']);

/** Kernels that return a number of what they found in memory. */
export const telling: ReadonlySet<string> = new Set(['all_finite', 'squared_norm']);

/** The address of a block in the kernel library's memory; 0 is "none". */
export type Address = number;

/**
 * Every function of the C source (`native/src`), where each is documented. All arguments are plain numbers: sizes in elements, steps in
 * elements, flags 0 or 1, addresses. The wasm module's exports have exactly this form, and so will the addon's.
 */
export interface Kernels {
  activation(kind: number, n: number, x: Address, out: Address): void;
  activation_backward(kind: number, n: number, x: Address, dy: Address, dx: Address): void;
  adamw(
    n: number,
    parameter: Address,
    gradient: Address,
    first: Address,
    second: Address,
    factor: number,
    weight1: number,
    beta2: number,
    weight2: number,
    rate: number,
    correction2: number,
    epsilon: number,
    scale: number,
  ): void;
  add_in_place(n: number, to: Address, from: Address, factor: number): void;
  all_finite(n: number, x: Address): number;
  argmax_rows(n: number, width: number, x: Address, out: Address): void;
  attention_scratch(s: number, d: number, e: number, heads: number): number;
  /** b, l, s, capacity, h, g, d, e, causal, offset, scale, query, key, value, mask, bias, biasBatch, biasHead, first, second, threshold, kept, rowSums, out */
  attention_forward(...given: number[]): void;
  /** As forward up to `rowSums`, then dout, dquery, dkey, dvalue, dbias. */
  attention_backward(...given: number[]): void;
  binary(operation: number, n: number, x: Address, y: Address, out: Address): void;
  /** operation, 4 sizes, x, 4 steps, y, 4 steps, out */
  binary_broadcast(...given: number[]): void;
  copy_blocks(n: number, rows: Address, used: number, step: number, from: Address, to: Address): void;
  /** 5 sizes, from, 5 steps, to, 5 steps */
  copy_strided(...given: number[]): void;
  cross_entropy(
    n: number,
    classes: number,
    smoothing: number,
    logits: Address,
    labels: Address,
    stats: Address,
    sum: Address,
    weight: Address,
  ): number;
  cross_entropy_backward(
    n: number,
    classes: number,
    smoothing: number,
    logits: Address,
    labels: Address,
    stats: Address,
    dy: Address,
    out: Address,
  ): void;
  dropout(n: number, first: number, second: number, threshold: number, kept: number, x: Address, out: Address): void;
  fill(n: number, value: number, out: Address): void;
  float_from_byte(n: number, x: Address, out: Address): void;
  float_from_int(n: number, x: Address, out: Address): void;
  gated_activation(kind: number, n: number, gate: Address, up: Address, out: Address): void;
  gated_activation_backward(kind: number, n: number, gate: Address, up: Address, dy: Address, dgate: Address, dup: Address): void;
  gather_rows(n: number, rows: number, width: number, scale: number, table: Address, ids: Address, out: Address): number;
  /** first, n, height, width, channels, kernel height and width, out height and width, 2 strides, 2 dilations, top, left, x, rows */
  gather_windows(...given: number[]): void;
  lerp_in_place(n: number, to: Address, from: Address, weight: number): void;
  matmul(
    transposeA: number,
    transposeB: number,
    rows: number,
    columns: number,
    depth: number,
    a: Address,
    b: Address,
    c: Address,
    bias: Address,
    activation: number,
    onto: Address,
  ): void;
  matmul_batch(
    batch: number,
    transposeA: number,
    transposeB: number,
    rows: number,
    columns: number,
    depth: number,
    a: Address,
    aStep: number,
    b: Address,
    bStep: number,
    c: Address,
  ): void;
  matmul_packed(
    rows: number,
    columns: number,
    depth: number,
    a: Address,
    panels: Address,
    c: Address,
    bias: Address,
    activation: number,
    onto: Address,
  ): void;
  /** rows, depth, a; columns, panels, c and bias of each of three products */
  matmul_packed_3(rows: number, depth: number, a: Address, ...products: number[]): void;
  /** -1 where it would be too large. */
  packed_floats(depth: number, columns: number): number;
  pack_matrix(transposed: number, depth: number, columns: number, b: Address, panels: Address): void;
  unpack_matrix(transposed: number, depth: number, columns: number, panels: Address, b: Address): void;
  norm_forward(
    n: number,
    width: number,
    centred: number,
    epsilon: number,
    x: Address,
    gain: Address,
    bias: Address,
    out: Address,
    stats: Address,
  ): void;
  norm_backward(
    n: number,
    width: number,
    centred: number,
    x: Address,
    gain: Address,
    stats: Address,
    dy: Address,
    dx: Address,
    dgain: Address,
    dbias: Address,
  ): void;
  max_rows(n: number, width: number, x: Address, out: Address): void;
  /** batch, length, heads, width, half, interleaved, direction, x, cosine, sine, tableStep, out */
  rotary(...given: number[]): void;
  scale_in_place(n: number, to: Address, factor: number): void;
  scatter_add_rows(n: number, rows: number, width: number, scale: number, from: Address, ids: Address, table: Address): number;
  /** As gather_windows up to `left`, then rows, x. */
  scatter_add_windows(...given: number[]): void;
  select_values(n: number, condition: Address, yes: Address, no: Address, out: Address): void;
  sgd(
    n: number,
    parameter: Address,
    gradient: Address,
    velocity: Address,
    rate: number,
    momentum: number,
    decay: number,
    nesterov: number,
  ): void;
  log_sums(n: number, width: number, x: Address, out: Address): void;
  softmax(n: number, width: number, logarithmic: number, x: Address, out: Address): void;
  squared_norm(n: number, x: Address): number;
  sum_axis(outer: number, reduced: number, inner: number, scale: number, x: Address, out: Address): void;
  top_rows(n: number, width: number, k: number, x: Address, values: Address, places: Address): void;
  unary(operation: number, n: number, x: Address, out: Address): void;
}
