import { expNegative } from './log-softmax.js';
import type { Processor } from './processors.js';
import { Top } from './top.js';

const never = Number.NEGATIVE_INFINITY;

/** Divides by the temperature (Ackley et al. 1985): below 1 sharper, above 1 flatter. */
export const temperature =
  (value: number): Processor =>
  (values) => {
    for (let i = 0; i < values.length; i++) values[i]! /= value;
  };

const largestOf = (values: Float64Array): number => {
  let largest = never;
  for (let i = 0; i < values.length; i++) if (values[i]! > largest) largest = values[i]!;
  return largest;
};

/** Only the `count` likeliest, and what is as likely as the last of them (Fan et al. 2018). */
export const topK = (count: number): Processor => {
  const top = new Top(count);
  return (values) => {
    if (count >= values.length) return;
    top.clear();
    let floor = never;
    for (let id = 0; id < values.length; id++) {
      if (!(values[id]! > floor)) continue;
      top.add(values[id]!, id);
      floor = top.floor;
    }
    for (let id = 0; id < values.length; id++) if (values[id]! < floor) values[id] = never;
  };
};

/** Only ids with at least `share` of the likeliest one's probability (Nguyen et al. 2024). */
export const minP =
  (share: number): Processor =>
  (values) => {
    const floor = largestOf(values) + Math.log(share);
    for (let id = 0; id < values.length; id++) if (values[id]! < floor) values[id] = never;
  };

/** Log of the sum of the exponentials. */
const logSum = (values: Float64Array): number => {
  const largest = largestOf(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += expNegative(values[i]! - largest);
  return largest + Math.log(sum);
};

/** The first ids in the order of `rank`, highest first, whose probabilities add up to `mass`. At least one stays. */
const keepMass = (mass: number, rank: (values: Float64Array, shift: number) => (value: number) => number): Processor => {
  // mostly few ids hold the mass, and one pass finds them; more are looked for when they do not
  let top = new Top(64);
  return (values) => {
    const shift = logSum(values);
    const ranked = rank(values, shift);
    for (;;) {
      top.clear();
      for (let id = 0; id < values.length; id++) if (values[id]! > never) top.add(ranked(values[id]!), id);
      top.sort();
      let sum = 0;
      let kept = 0;
      while (kept < top.length && (kept === 0 || sum < mass)) sum += Math.exp(values[top.keys[kept++]!]! - shift);
      if (sum < mass && top.capacity < values.length) {
        top = new Top(Math.min(values.length, 8 * top.capacity));
        continue;
      }
      for (let i = 0; i < kept; i++) top.values[i] = values[top.keys[i]!]!;
      values.fill(never);
      for (let i = 0; i < kept; i++) values[top.keys[i]!] = top.values[i]!;
      return;
    }
  };
};

/** The smallest set of likeliest ids that together have the probability `mass` (Holtzman et al. 2020). */
export const topP = (mass: number): Processor => keepMass(mass, () => (value) => value);

/** Ids whose surprise is nearest to the expected one, up to the probability `mass` (Meister et al. 2023). */
export const typicalP = (mass: number): Processor =>
  keepMass(mass, (values, shift) => {
    let entropy = 0;
    for (const value of values) if (value > never) entropy -= Math.exp(value - shift) * (value - shift);
    return (value) => -Math.abs(shift - value - entropy);
  });
