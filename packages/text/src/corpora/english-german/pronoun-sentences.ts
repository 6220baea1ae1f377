import type { Random } from '@anyformer/core';
import { pick } from './draw.js';
import { germanPhrase, type NounPhrase, referring } from './noun-phrase.js';
import type { Noun } from './nouns.js';

/**
 * Sentences whose pronoun can only be translated by whoever knows what it stands for (after Winograd 1972): "The animal did not cross the
 * street because it was too tired" needs `es` (das Tier), "… too wide" needs `sie` (die Straße).
 */

/** A noun, an adjective: singular, of any gender. */
const noun = (line: string): Noun => {
  const [english, german, gender] = line.split(' ') as [string, string, Noun['gender']];
  return { english, englishPlural: english, german, germanPlural: german, gender, is: 'object', weak: '' };
};
const nouns = (list: string): readonly Noun[] => list.split(', ').map(noun);
const pairs = (list: string): readonly (readonly [string, string])[] => list.split(', ').map((pair) => pair.split('/') as [string, string]);

/** Who does not do what to what, and what can be too much of either. */
interface Frame {
  readonly subjects: readonly Noun[];
  readonly objects: readonly Noun[];
  readonly english: { readonly present: string; readonly past: string };
  /** Finite verb of the present; auxiliary and participle of the past. */
  readonly german: { readonly present: string; readonly auxiliary: string; readonly participle: string };
  /** Said in German before the object: `in`. */
  readonly preposition?: 'in';
  /** Adjectives that only the subject can be too much of. */
  readonly ofSubject: readonly (readonly [english: string, german: string])[];
  /** … and only the object. */
  readonly ofObject: readonly (readonly [english: string, german: string])[];
}

const animals = nouns(
  'animal Tier n, dog Hund m, cat Katze f, horse Pferd n, donkey Esel m, cow Kuh f, goat Ziege f, fox Fuchs m, pony Pony n',
);
const ofAnimals = pairs('tired/müde, hungry/hungrig, sick/krank, lazy/faul, sleepy/schläfrig, nervous/nervös, thirsty/durstig');

const frames: readonly Frame[] = [
  {
    subjects: animals,
    objects: nouns('street Straße f, river Fluss m, field Feld n, bridge Brücke f, square Platz m, valley Tal n'),
    english: { present: 'does not cross', past: 'did not cross' },
    german: { present: 'überquert', auxiliary: 'hat', participle: 'überquert' },
    ofSubject: ofAnimals,
    ofObject: pairs('wide/breit, long/lang, muddy/schlammig, slippery/rutschig, steep/steil'),
  },
  {
    subjects: animals,
    objects: nouns('house Haus n, barn Scheune f, stable Stall m, tent Zelt n, hut Hütte f, cellar Keller m'),
    english: { present: 'does not enter', past: 'did not enter' },
    german: { present: 'betritt', auxiliary: 'hat', participle: 'betreten' },
    ofSubject: ofAnimals,
    ofObject: pairs('dark/dunkel, narrow/eng, damp/feucht, crowded/voll, stuffy/stickig'),
  },
  {
    subjects: animals,
    objects: nouns('bread Brot n, soup Suppe f, cheese Käse m, meat Fleisch n, carrot Karotte f, apple Apfel m'),
    english: { present: 'does not eat', past: 'did not eat' },
    german: { present: 'frisst', auxiliary: 'hat', participle: 'gefressen' },
    ofSubject: pairs('tired/müde, sick/krank, lazy/faul, sleepy/schläfrig, nervous/nervös'),
    ofObject: pairs('salty/salzig, sour/sauer, hard/hart, bitter/bitter, dry/trocken'),
  },
  {
    subjects: nouns('ball Ball m, lamp Lampe f, book Buch n, coat Mantel m, jacket Jacke f, picture Bild n'),
    objects: nouns('suitcase Koffer m, box Kiste f, shelf Regal n, car Auto n, bag Tasche f, wardrobe Schrank m'),
    english: { present: 'does not fit into', past: 'did not fit into' },
    german: { present: 'passt', auxiliary: 'hat', participle: 'gepasst' },
    preposition: 'in',
    ofSubject: pairs('big/groß, thick/dick, tall/hoch, bulky/sperrig, huge/riesig'),
    ofObject: pairs('small/klein, narrow/schmal, tiny/winzig, full/voll, low/niedrig'),
  },
];

/** A pronoun sentence and what its pronoun is. */
export interface PronounSentence {
  readonly english: string;
  readonly german: string;
  /** The pronoun that the German sentence needs. */
  readonly pronoun: 'er' | 'sie' | 'es';
  /** What it stands for, with its article. */
  readonly antecedent: string;
  readonly role: 'subject' | 'object';
  /** Names noun and adjective together; some are kept from training. */
  readonly combination: string;
}

const determiners = [
  { kind: 'the' },
  { kind: 'the' },
  { kind: 'this' },
  { kind: 'own', owner: 'my' },
  { kind: 'own', owner: 'our' },
] as const;
const said = { the: 'the', this: 'this', my: 'my', our: 'our' } as const;

const phrase = (random: Random, list: readonly Noun[]): NounPhrase => ({
  determiner: pick(random, determiners),
  adjectives: [],
  noun: pick(random, list),
  plural: false,
});
const englishOf = ({ determiner, noun: { english } }: NounPhrase): string =>
  `${said[determiner.kind === 'own' ? (determiner.owner as 'my' | 'our') : (determiner.kind as 'the' | 'this')]} ${english}`;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Draws a sentence with a pronoun to be resolved. Subject and object are the antecedent equally often. */
export const pronounSentence = (random: Random): PronounSentence => {
  const frame = pick(random, frames);
  const role = random.integer(2) === 0 ? ('subject' as const) : ('object' as const);
  const subject = phrase(random, frame.subjects);
  const object = phrase(random, frame.objects);
  const [english, german] = pick(random, role === 'subject' ? frame.ofSubject : frame.ofObject);
  const past = random.integer(3) > 0;
  const antecedent = role === 'subject' ? subject : object;
  const pronoun = referring(antecedent);
  const target = germanPhrase(object, 'acc');
  const where = frame.preposition === undefined ? target : target.startsWith('das ') ? `ins ${target.slice(4)}` : `in ${target}`;
  const who = germanPhrase(subject, 'nom');
  // nicht stands after an object, but before a direction
  const middle = frame.preposition === undefined ? `${where} nicht` : `nicht ${where}`;
  const { present, auxiliary, participle } = frame.german;
  const main = past ? `${who} ${auxiliary} ${middle} ${participle}` : `${who} ${present} ${middle}`;
  return {
    english: `${capital(englishOf(subject))} ${frame.english[past ? 'past' : 'present']} ${englishOf(object)} because it ${past ? 'was' : 'is'} too ${english}.`,
    german: `${capital(main)}, weil ${pronoun} zu ${german} ${past ? 'war' : 'ist'}.`,
    pronoun,
    antecedent: germanPhrase({ ...antecedent, determiner: { kind: 'the' } }, 'nom'),
    role,
    combination: `${antecedent.noun.english} ${english}`,
  };
};

/** The pronoun that a German sentence of this kind uses, where it has one. */
export const pronounIn = (german: string): string | undefined => /, weil (er|sie|es) /.exec(german)?.[1];
