import { type Maker, statement } from './draft.js';
import { type Drawing, pick } from './draw.js';
import { englishPhrase, germanPhrase } from './noun-phrase.js';
import { englishNumber, englishOrdinal, englishYear, germanNumber, germanOrdinal, germanYear } from './numbers.js';

const months: readonly (readonly [string, string])[] = [
  ['January', 'Januar'],
  ['February', 'Februar'],
  ['March', 'März'],
  ['April', 'April'],
  ['May', 'Mai'],
  ['June', 'Juni'],
  ['July', 'Juli'],
  ['August', 'August'],
  ['September', 'September'],
  ['October', 'Oktober'],
  ['November', 'November'],
  ['December', 'Dezember'],
];

const range = (drawing: Drawing): number => {
  const { random } = drawing;
  if (drawing.level === 1) return 2 + random.integer(98);
  return 2 + random.integer(pick(random, [98, 998, 9998, 99_998]));
};

/** A number in words. */
export const number: Maker = (drawing) => {
  const n = range(drawing);
  return { english: englishNumber(n), german: germanNumber(n) };
};

/** What something costs. */
export const price: Maker = (drawing) => {
  const phrase = drawing.phrase(['readable', 'edible', 'wearable', 'vehicle', 'object'], { singular: true });
  let n = range(drawing);
  // Before a noun a one at the end would be declined.
  while (n % 100 === 1) n = range(drawing);
  return {
    english: `${englishPhrase(phrase)} costs ${englishNumber(n)} euros.`,
    german: `${germanPhrase(phrase, 'nom')} kostet ${germanNumber(n)} Euro.`,
  };
};

const hour = (n: number): number => ((n - 1) % 12) + 1;

/** What time it is. */
export const clock: Maker = ({ random }) => {
  const h = 1 + random.integer(12);
  const next = hour(h + 1);
  const kind = random.integer(6);
  const minutes = pick(random, [5, 10, 20]);
  const [time, zeit] = [
    [`${englishNumber(h)} o'clock`, `${h === 1 ? 'ein' : germanNumber(h)} Uhr`],
    [`half past ${englishNumber(h)}`, `halb ${germanNumber(next)}`],
    [`quarter past ${englishNumber(h)}`, `Viertel nach ${germanNumber(h)}`],
    [`quarter to ${englishNumber(h)}`, `Viertel vor ${germanNumber(h)}`],
    [`${englishNumber(minutes)} past ${englishNumber(h)}`, `${germanNumber(minutes)} nach ${germanNumber(h)}`],
    [`${englishNumber(minutes)} to ${englishNumber(h)}`, `${germanNumber(minutes)} vor ${germanNumber(h)}`],
  ][kind]!;
  return { english: `it is ${time}.`, german: `es ist ${zeit}.` };
};

const days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** On which day, or from which year. */
export const date: Maker = (drawing) => {
  const { random } = drawing;
  const month = random.integer(12);
  const day = 1 + random.integer(days[month]!);
  const [inEnglish, inGerman] = months[month]!;
  const on = [`on the ${englishOrdinal(day)} of ${inEnglish}`, `am ${germanOrdinal(day)} ${inGerman}`] as const;
  if (drawing.level === 2 && random.integer(2) === 0) {
    const year = 1100 + random.integer(900);
    const phrase = { ...drawing.phrase(['vehicle', 'object'], { singular: true }), adjectives: [], determiner: { kind: 'this' as const } };
    return {
      english: `${englishPhrase(phrase)} is from ${englishYear(year)}.`,
      german: `${germanPhrase(phrase, 'nom')} ist aus dem Jahr ${germanYear(year)}.`,
    };
  }
  const clause = { ...drawing.clause({ time: 0 }), time: { english: on[0], german: on[1] } };
  return statement(clause);
};
