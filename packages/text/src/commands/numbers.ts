import { AnyformerError } from '@anyformer/core';

/** Parses an option's number and holds it against its range. Errors name the option. */
export const number =
  (flag: string, { whole = false, least, most }: { readonly whole?: boolean; readonly least?: number; readonly most?: number } = {}) =>
  (text: string): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    const fits = Number.isFinite(value) && (!whole || Number.isInteger(value)) && value >= (least ?? value) && value <= (most ?? value);
    if (fits) return value;
    const range = [least === undefined ? '' : `from ${least}`, most === undefined ? '' : `to ${most}`].filter((part) => part !== '');
    throw new AnyformerError({
      code: 'usage/number',
      who: flag,
      given: `'${text}'`,
      accepted: [whole ? 'a whole number' : 'a number', ...range].join(' '),
      exit: 2,
    });
  };
