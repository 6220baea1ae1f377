import test from 'ava';
import { englishNumber, englishOrdinal, englishYear, germanNumber, germanOrdinal, germanYear } from './numbers.js';

const small =
  'null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn'.split(
    ' ',
  );
const tens = { zwanzig: 20, dreißig: 30, vierzig: 40, fünfzig: 50, sechzig: 60, siebzig: 70, achtzig: 80, neunzig: 90 };

/** Reads a German number word, independently of how it is written: from the left, hundreds and thousands multiply. */
const readGerman = (word: string): number => {
  const thousands = word.indexOf('tausend');
  if (thousands >= 0)
    return readGerman(word.slice(0, thousands)) * 1000 + (word.length > thousands + 7 ? readGerman(word.slice(thousands + 7)) : 0);
  const hundreds = word.indexOf('hundert');
  if (hundreds >= 0)
    return readGerman(word.slice(0, hundreds)) * 100 + (word.length > hundreds + 7 ? readGerman(word.slice(hundreds + 7)) : 0);
  for (const [name, value] of Object.entries(tens)) {
    if (word === name) return value;
    if (word.endsWith(`und${name}`)) return value + readGerman(word.slice(0, -3 - name.length));
  }
  const at = word === 'eins' ? 1 : small.indexOf(word);
  if (at < 0) throw new Error(`'${word}' is no number`);
  return at;
};

const ones =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const decades = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

/** Reads an English number, word by word. */
const readEnglish = (text: string): number => {
  let sum = 0;
  let below = 0;
  for (const word of text.split(/[ -]/)) {
    if (word === 'and') continue;
    if (word === 'thousand') [sum, below] = [sum + below * 1000, 0];
    else if (word === 'hundred') below *= 100;
    else below += ones.includes(word) ? ones.indexOf(word) : 10 * (decades.indexOf(word) + 2);
  }
  return sum + below;
};

test('every number up to 99,999 is read back from its words, in both languages', (t) => {
  for (let n = 0; n < 100_000; n++) {
    if (readGerman(germanNumber(n)) !== n) t.fail(`${n}: ${germanNumber(n)}`);
    if (readEnglish(englishNumber(n)) !== n) t.fail(`${n}: ${englishNumber(n)}`);
  }
  t.pass();
});

test('number words are spelt as in the dictionary', (t) => {
  const expected: readonly (readonly [number, string, string])[] = [
    [1, 'one', 'eins'],
    [16, 'sixteen', 'sechzehn'],
    [17, 'seventeen', 'siebzehn'],
    [30, 'thirty', 'dreißig'],
    [47, 'forty-seven', 'siebenundvierzig'],
    [66, 'sixty-six', 'sechsundsechzig'],
    [77, 'seventy-seven', 'siebenundsiebzig'],
    [101, 'one hundred and one', 'einhunderteins'],
    [373, 'three hundred and seventy-three', 'dreihundertdreiundsiebzig'],
    [1001, 'one thousand and one', 'eintausendeins'],
    [21_000, 'twenty-one thousand', 'einundzwanzigtausend'],
    [99_999, 'ninety-nine thousand nine hundred and ninety-nine', 'neunundneunzigtausendneunhundertneunundneunzig'],
  ];
  for (const [n, english, german] of expected) {
    t.is(englishNumber(n), english);
    t.is(germanNumber(n), german);
  }
});

test('days and years', (t) => {
  const days: readonly (readonly [number, string, string])[] = [
    [1, 'first', 'ersten'],
    [3, 'third', 'dritten'],
    [7, 'seventh', 'siebten'],
    [8, 'eighth', 'achten'],
    [12, 'twelfth', 'zwölften'],
    [20, 'twentieth', 'zwanzigsten'],
    [21, 'twenty-first', 'einundzwanzigsten'],
    [30, 'thirtieth', 'dreißigsten'],
    [31, 'thirty-first', 'einunddreißigsten'],
  ];
  for (const [n, english, german] of days) {
    t.is(englishOrdinal(n), english);
    t.is(germanOrdinal(n), german);
  }
  t.is(englishYear(1904), 'nineteen oh four');
  t.is(germanYear(1904), 'neunzehnhundertvier');
  t.is(englishYear(1800), 'eighteen hundred');
  t.is(germanYear(1800), 'achtzehnhundert');
  t.is(germanYear(1101), 'elfhunderteins');
});
