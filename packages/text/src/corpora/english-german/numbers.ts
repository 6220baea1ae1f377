const englishSmall =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const englishTens = '- - twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const germanSmall =
  'null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn'.split(
    ' ',
  );
const germanTens = '- - zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig'.split(' ');

/** 0 … 999,999 in words: `three hundred and seventy-three`. */
export const englishNumber = (n: number): string => {
  if (n < 20) return englishSmall[n]!;
  if (n < 100) return englishTens[Math.floor(n / 10)]! + (n % 10 === 0 ? '' : `-${englishSmall[n % 10]}`);
  if (n < 1000) return `${englishSmall[Math.floor(n / 100)]} hundred${n % 100 === 0 ? '' : ` and ${englishNumber(n % 100)}`}`;
  const rest = n % 1000;
  return `${englishNumber(Math.floor(n / 1000))} thousand${rest === 0 ? '' : rest < 100 ? ` and ${englishNumber(rest)}` : ` ${englishNumber(rest)}`}`;
};

/** Before another part of the same word, one is `ein`. */
const joined = (n: number): string => (n === 1 ? 'ein' : germanNumber(n));

/** 0 … 999,999 as one word, units before tens: `dreihundertdreiundsiebzig`. */
export function germanNumber(n: number): string {
  if (n < 20) return germanSmall[n]!;
  if (n < 100) return n % 10 === 0 ? germanTens[n / 10]! : `${joined(n % 10)}und${germanTens[Math.floor(n / 10)]}`;
  if (n < 1000) return `${joined(Math.floor(n / 100))}hundert${n % 100 === 0 ? '' : germanNumber(n % 100)}`;
  const thousands = Math.floor(n / 1000);
  // einundzwanzigtausend, aber eintausend: nothing but a lone one changes
  const head = thousands === 1 ? 'ein' : thousands % 100 === 1 ? `${germanNumber(thousands - 1)}ein` : germanNumber(thousands);
  return `${head}tausend${n % 1000 === 0 ? '' : germanNumber(n % 1000)}`;
}

const englishOrdinals: Readonly<Record<number, string>> = {
  1: 'first',
  2: 'second',
  3: 'third',
  5: 'fifth',
  8: 'eighth',
  9: 'ninth',
  12: 'twelfth',
};

/** 1 … 99: `twenty-first`. */
export const englishOrdinal = (n: number): string => {
  if (n > 20 && n % 10 !== 0) return `${englishTens[Math.floor(n / 10)]}-${englishOrdinal(n % 10)}`;
  return englishOrdinals[n] ?? (n < 20 ? `${englishNumber(n)}th` : `${englishNumber(n).slice(0, -1)}ieth`);
};

/** 1 … 99 as it stands after `am`: `einundzwanzigsten`. */
export const germanOrdinal = (n: number): string =>
  ({ 1: 'ersten', 3: 'dritten', 7: 'siebten', 8: 'achten' })[n] ?? `${germanNumber(n)}${n < 20 ? '' : 's'}ten`;

/** A year of the centuries that are said in pairs, 1100 … 1999: `nineteen oh four`. */
export const englishYear = (year: number): string => {
  const rest = year % 100;
  const century = englishNumber(Math.floor(year / 100));
  return rest === 0 ? `${century} hundred` : `${century} ${rest < 10 ? `oh ${englishNumber(rest)}` : englishNumber(rest)}`;
};

/** The same in German: `neunzehnhundertvier`. */
export const germanYear = (year: number): string =>
  `${germanNumber(Math.floor(year / 100))}hundert${year % 100 === 0 ? '' : germanNumber(year % 100)}`;
