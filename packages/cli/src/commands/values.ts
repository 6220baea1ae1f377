import { AnyformerError } from '@anyformer/core';

const whole =
  (option: string, least: number, accepted: string) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value;
    throw new AnyformerError({ code: 'usage/value', who: option, given: `'${text}'`, accepted, exit: 2 });
  };

/** Parsers of the options that several commands have. */
export const common = {
  steps: whole('--steps', 1, 'a whole number above 0'),
  threads: whole('--threads', 1, 'a whole number above 0'),
  seed: whole('--seed', 0, 'a whole number, 0 or more'),
};

/** A metric's value with the figures that matter. */
export const figure = (value: number): string => {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(3);
};
