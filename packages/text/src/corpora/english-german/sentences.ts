import type { Random } from '@anyformer/core';
import type { Adjective } from './adjectives.js';
import {
  englishPredicate,
  englishQuestion,
  englishStatement,
  germanMain,
  germanQuestion,
  germanSubordinate,
  germanWithSubject,
} from './clause.js';
import { type Draft, type Maker, statement } from './draft.js';
import { Drawing, pick, weighted } from './draw.js';
import { clock, date, number, price } from './measures.js';
import { english, englishPhrase, german, germanPhrase, type Participant, personOf, relative } from './noun-phrase.js';
import { type PronounSentence, pronounSentence } from './pronoun-sentences.js';
import { auxiliaries, type Person } from './verbs.js';

const be: Readonly<Record<Person, readonly [present: string, past: string]>> = {
  '1s': ['am', 'was'],
  '2s': ['are', 'were'],
  '3s': ['is', 'was'],
  '1p': ['are', 'were'],
  '3p': ['are', 'were'],
};

const main: Maker = (drawing) => statement(drawing.clause());

const fronted: Maker = (drawing) => {
  const clause = drawing.clause({ time: 1 });
  return {
    english: `${clause.time!.english} ${englishStatement({ ...clause, time: undefined })}.`,
    german: `${germanMain(clause, clause.time!.german)}.`,
  };
};

const yesNo: Maker = (drawing) => {
  const clause = drawing.clause({ time: 0.2 });
  return { english: `${englishQuestion(clause)}?`, german: `${germanQuestion(clause)}?` };
};

const questionWords = [
  ['why', 'warum'],
  ['when', 'wann'],
  ['where', 'wo'],
] as const;

const asking: Maker = (drawing) => {
  if (drawing.random.integer(4) === 0) {
    const clause = drawing.clause({ subject: { pronoun: 'he' } });
    return { english: `who ${englishPredicate(clause)}?`, german: `${germanWithSubject(clause, 'wer', false)}?` };
  }
  const [word, wort] = pick(drawing.random, questionWords);
  const clause = drawing.clause({ time: word === 'when' ? 0 : 0.2, place: word === 'where' ? 0 : 0.15 });
  return { english: `${word} ${englishQuestion(clause)}?`, german: `${germanQuestion(clause, wort)}?` };
};

const anything = ['person', 'animal', 'readable', 'openable', 'edible', 'wearable', 'vehicle', 'object'] as const;

/** "X is ADJ", with what it says of X. */
const quality = (
  drawing: Drawing,
): {
  readonly subject: Participant;
  readonly adjective: Adjective;
  readonly past: boolean;
  readonly negated: boolean;
  readonly very: boolean;
} => {
  const phrase = drawing.phrase(anything);
  const subject: Participant =
    drawing.random.integer(4) === 0
      ? { pronoun: pick(drawing.random, ['I', 'you', 'he', 'she', 'we', 'they']) }
      : { phrase: { ...phrase, adjectives: [] } };
  let adjective = drawing.adjective(phrase.noun);
  while ('pronoun' in subject && adjective.of === 'things') adjective = drawing.adjective(drawing.noun(['person']));
  return {
    subject,
    adjective,
    past: drawing.random.integer(3) === 0,
    negated: drawing.random.integer(5) === 0,
    very: drawing.random.integer(4) === 0,
  };
};

const englishIs = ({ subject, adjective, past, negated, very }: ReturnType<typeof quality>): string =>
  [english(subject, 'subject'), be[personOf(subject)][past ? 1 : 0], negated ? 'not' : '', very ? 'very' : '', adjective.english]
    .filter((word) => word !== '')
    .join(' ');

const germanIs = ({ subject, adjective, past, negated, very }: ReturnType<typeof quality>, conjunction?: string): string => {
  const verb = auxiliaries[past ? 'war' : 'sein'][personOf(subject)];
  const middle = [negated ? 'nicht' : '', very ? 'sehr' : '', adjective.german].filter((word) => word !== '').join(' ');
  const who = german(subject, 'nom');
  return conjunction === undefined ? `${who} ${verb} ${middle}` : `${conjunction} ${who} ${middle} ${verb}`;
};

const is: Maker = (drawing) => {
  const said = quality(drawing);
  return { english: `${englishIs(said)}.`, german: `${germanIs(said)}.` };
};

const comparison: Maker = (drawing) => {
  const beings = drawing.random.integer(2) === 0;
  const classes = beings ? (['person', 'animal'] as const) : (['readable', 'openable', 'wearable', 'vehicle', 'object'] as const);
  const one = { ...drawing.phrase(classes, { singular: true }), adjectives: [] };
  let other = { ...drawing.phrase(classes, { singular: true }), adjectives: [] };
  while (other.noun === one.noun) other = { ...drawing.phrase(classes, { singular: true }), adjectives: [] };
  const adjective = drawing.adjective(one.noun);
  return {
    english: `${englishPhrase(one)} is ${adjective.comparative} than ${englishPhrase(other)}.`,
    german: `${germanPhrase(one, 'nom')} ist ${adjective.germanComparative} als ${germanPhrase(other, 'nom')}.`,
  };
};

const because: Maker = (drawing) => {
  const left = quality(drawing);
  const right = drawing.clause({ place: 0, time: 0.15 });
  return {
    english: `${englishIs(left)} because ${englishStatement(right)}.`,
    german: `${germanIs(left)}, ${germanSubordinate(right, 'weil')}.`,
  };
};

const conjunctions = [
  ['if', 'wenn'],
  ['although', 'obwohl'],
  ['before', 'bevor'],
  ['because', 'weil'],
] as const;

/** Two clauses; one of them begins. */
const subordinate: Maker = (drawing) => {
  const [word, wort] = pick(drawing.random, conjunctions);
  const side = drawing.clause({ time: 0.1, place: 0.1 });
  const mainClause = drawing.clause({ time: 0.1, place: 0.1 });
  if (drawing.random.integer(3) > 0)
    return {
      english: `${englishStatement(mainClause)} ${word} ${englishStatement(side)}.`,
      german: `${germanMain(mainClause)}, ${germanSubordinate(side, wort)}.`,
    };
  return {
    english: `${word} ${englishStatement(side)}, ${englishStatement(mainClause)}.`,
    german: `${germanMain(mainClause, `${germanSubordinate(side, wort)},`)}.`,
  };
};

const thinking = [
  ['I think that', 'ich glaube, dass'],
  ['she says that', 'sie sagt, dass'],
  ['we know that', 'wir wissen, dass'],
] as const;

const that: Maker = (drawing) => {
  const [words, worte] = pick(drawing.random, thinking);
  const clause = drawing.clause();
  const [head, conjunction] = worte.split(', ') as [string, string];
  return { english: `${words} ${englishStatement(clause)}.`, german: `${head}, ${germanSubordinate(clause, conjunction)}.` };
};

const relativeClause: Maker = (drawing) => {
  const phrase = drawing.phrase(['person', 'animal']);
  const subject: Participant = { phrase };
  const inner = drawing.clause({ subject, time: 0.1, place: 0.15 });
  const outer = drawing.clause({ subject, time: 0.15, place: 0.1, negated: 0 });
  const english = `${englishPhrase(phrase)} ${phrase.noun.is === 'person' ? 'who' : 'that'} ${englishPredicate(inner)}`;
  const german = `${germanPhrase(phrase, 'nom')}, ${germanWithSubject(inner, relative(phrase), true)},`;
  const rest = englishPredicate(outer);
  return { english: `${english} ${rest}.`, german: `${germanWithSubject(outer, german, false)}.` };
};

const pronoun: Maker = ({ random }) => {
  const made = pronounSentence(random);
  return { english: made.english, german: made.german, pronoun: made };
};

/** Kinds of sentences with their weights by level. */
const kinds = {
  statement: [main, 22, 20],
  fronted: [fronted, 9, 9],
  question: [yesNo, 9, 8],
  'wh-question': [asking, 6, 6],
  quality: [is, 6, 4],
  comparison: [comparison, 5, 4],
  number: [number, 5, 5],
  price: [price, 4, 4],
  clock: [clock, 3, 3],
  date: [date, 4, 4],
  because: [because, 5, 3],
  subordinate: [subordinate, 0, 9],
  that: [that, 0, 5],
  relative: [relativeClause, 0, 6],
  pronoun: [pronoun, 13, 10],
} as const satisfies Readonly<Record<string, readonly [Maker, number, number]>>;

/** What kind of sentence it is. */
export type SentenceKind = keyof typeof kinds;

/** Names of the kinds that a level has. */
export const sentenceKinds = (level: 1 | 2): SentenceKind[] =>
  (Object.keys(kinds) as SentenceKind[]).filter((kind) => kinds[kind][level] > 0);

/** A sentence in both languages. */
export interface SentencePair {
  readonly english: string;
  readonly german: string;
  readonly kind: SentenceKind;
  /** For sentences of the kind `pronoun`: what must be resolved. */
  readonly pronoun?: PronounSentence | undefined;
}

const weights = (level: 1 | 2): readonly (readonly [SentenceKind, number])[] =>
  sentenceKinds(level).map((kind) => [kind, kinds[kind][level]]);
const byLevel = { 1: weights(1), 2: weights(2) };

const capital = (text: string, kind: SentenceKind): string => (kind === 'number' ? text : text.charAt(0).toUpperCase() + text.slice(1));

/** Draws a sentence: first what it means, then how each language says it. */
export const drawSentence = (level: 1 | 2, random: Random): SentencePair => {
  const kind = weighted(random, byLevel[level]);
  const { english: inEnglish, german: inGerman, pronoun: resolved } = kinds[kind][0](new Drawing(level, random)) as Draft;
  return { english: capital(inEnglish, kind), german: capital(inGerman, kind), kind, pronoun: resolved };
};
