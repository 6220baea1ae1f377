/** Whitespace as Python's `str.split` sees it: sacreBLEU's scores depend on it. */
const space = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const spaces = new RegExp(`[${space}]+`, 'u');
const trailing = new RegExp(`[${space}]+$`, 'u');

/** Words between whitespace. */
export const split = (line: string): string[] => line.split(spaces).filter((word) => word !== '');

/** Without whitespace at its end. */
export const trimEnd = (line: string): string => line.replace(trailing, '');

/** mteval-v13a's tokenisation, the default of WMT and of sacreBLEU. */
const tokenize13a = (line: string): string => {
  let text = line.replaceAll('<skipped>', '').replaceAll('-\n', '').replaceAll('\n', ' ');
  if (text.includes('&')) text = text.replaceAll('&quot;', '"').replaceAll('&amp;', '&').replaceAll('&lt;', '<').replaceAll('&gt;', '>');
  return ` ${text} `
    .replace(/([{-~[-` -&(-+:-@/])/gu, ' $1 ')
    .replace(/([^0-9])([.,])/gu, '$1 $2 ')
    .replace(/([.,])([^0-9])/gu, ' $1 $2')
    .replace(/([0-9])(-)/gu, '$1 $2 ');
};

/** mteval-v14's international tokenisation, by Unicode's classes. */
const tokenizeInternational = (line: string): string =>
  line
    .replace(/(\P{N})(\p{P})/gu, '$1 $2 ')
    .replace(/(\p{P})(\P{N})/gu, ' $1 $2')
    .replace(/(\p{S})/gu, ' $1 ');

/** sacreBLEU's tokenisers by their names there. */
export const tokenizers = {
  '13a': (line: string): string[] => split(tokenize13a(line)),
  intl: (line: string): string[] => split(tokenizeInternational(line)),
  char: (line: string): string[] => split(Array.from(line).join(' ')),
  none: (line: string): string[] => split(line),
} as const;

/** A name in {@link tokenizers}. */
export type TokenizerName = keyof typeof tokenizers;
