/**
 * Changes log-probabilities before the next id is chosen: `values` [v] in place, minus infinity for what must not come, `written` the ids
 * so far without the start. Composable: a list is applied in order.
 */
export type Processor = (values: Float64Array, written: readonly number[]) => void;

const never = Number.NEGATIVE_INFINITY;

/** Divides by the temperature (Ackley et al. 1985): below 1 sharper, above 1 flatter. */
export const temperature =
  (value: number): Processor =>
  (values) => {
    for (let i = 0; i < values.length; i++) values[i]! /= value;
  };

/** Makes ids that were written less likely (Keskar et al. 2019): log-probabilities times the penalty, positive values over it. */
export const repetitionPenalty =
  (penalty: number): Processor =>
  (values, written) => {
    for (const id of new Set(written)) values[id] = values[id]! < 0 ? values[id]! * penalty : values[id]! / penalty;
  };

/** No run of `size` ids is written twice (Paulus et al. 2018). */
export const noRepeat =
  (size: number): Processor =>
  (values, written) => {
    const start = written.length - size + 1;
    if (start < 0) return;
    for (let at = 0; at + size <= written.length; at++) {
      let same = true;
      for (let i = 0; same && i < size - 1; i++) same = written[at + i] === written[start + i];
      if (same) values[written[at + size - 1]!] = never;
    }
  };

/** No end before so many ids are written. */
export const minLength =
  (length: number, ends: readonly number[]): Processor =>
  (values, written) => {
    if (written.length < length) for (const id of ends) values[id] = never;
  };

/** These sequences are never completed; a sequence of one id forbids the id. */
export const suppress =
  (sequences: readonly (readonly number[])[]): Processor =>
  (values, written) => {
    for (const sequence of sequences) {
      const before = sequence.length - 1;
      if (before > written.length) continue;
      let same = true;
      for (let i = 0; same && i < before; i++) same = written[written.length - before + i] === sequence[i];
      if (same) values[sequence[before]!] = never;
    }
  };

/** The ids begin like this; what the prefix leaves open is free. */
export const forcePrefix =
  (prefix: readonly number[]): Processor =>
  (values, written) => {
    const forced = prefix[written.length];
    if (forced === undefined) return;
    const kept = values[forced]!;
    values.fill(never);
    values[forced] = kept === never ? 0 : kept;
  };

/** Only the `count` likeliest (Fan et al. 2018). */
export const topK =
  (count: number): Processor =>
  (values) => {
    if (count >= values.length) return;
    const smallest = values.toSorted()[values.length - count]!;
    for (let i = 0; i < values.length; i++) if (values[i]! < smallest) values[i] = never;
  };

const probabilities = (values: Float64Array): Float64Array => {
  const largest = values.reduce((a, b) => Math.max(a, b), never);
  const exps = values.map((value) => Math.exp(value - largest));
  const sum = exps.reduce((a, b) => a + b, 0);
  return exps.map((value) => value / sum);
};

/** The smallest set of likeliest ids that together have the probability `mass` (Holtzman et al. 2020). */
export const topP =
  (mass: number): Processor =>
  (values) => {
    const held = probabilities(values);
    const order = Array.from(held.keys()).sort((a, b) => held[b]! - held[a]! || b - a);
    let sum = 0;
    for (const [rank, id] of order.entries()) {
      if (rank > 0 && sum >= mass) values[id] = never;
      sum += held[id]!;
    }
  };

/** Only ids with at least `share` of the likeliest one's probability (Nguyen et al. 2024). */
export const minP =
  (share: number): Processor =>
  (values) => {
    const largest = values.reduce((a, b) => Math.max(a, b), never);
    const floor = largest + Math.log(share);
    for (let i = 0; i < values.length; i++) if (values[i]! < floor) values[i] = never;
  };
