import type { Adjective } from './adjectives.js';
import type { Gender, Noun } from './nouns.js';
import { englishNumber, germanNumber } from './numbers.js';
import type { Person } from './verbs.js';

/** Nominative, accusative, dative. */
export type Case = 'nom' | 'acc' | 'dat';

/** Whose: my, your, his, her, our, their. */
export type Owner = 'my' | 'your' | 'his' | 'her' | 'our' | 'their';

/** What stands before a noun. `no` is how German denies an indefinite noun. */
export type Determiner =
  | { readonly kind: 'the' | 'a' | 'this' | 'every' | 'no' }
  | { readonly kind: 'own'; readonly owner: Owner }
  | { readonly kind: 'count'; readonly count: number };

/** A noun with what belongs to it. */
export interface NounPhrase {
  readonly determiner: Determiner;
  readonly adjectives: readonly Adjective[];
  readonly noun: Noun;
  readonly plural: boolean;
}

/** A personal pronoun by its English form. */
export type Pronoun = 'I' | 'you' | 'he' | 'she' | 'we' | 'they';

/** Who or what takes part. */
export type Participant = { readonly pronoun: Pronoun } | { readonly phrase: NounPhrase };

const pronouns: Readonly<
  Record<Pronoun, { readonly person: Person; readonly object: string; readonly german: Readonly<Record<Case, string>> }>
> = {
  I: { person: '1s', object: 'me', german: { nom: 'ich', acc: 'mich', dat: 'mir' } },
  you: { person: '2s', object: 'you', german: { nom: 'du', acc: 'dich', dat: 'dir' } },
  he: { person: '3s', object: 'him', german: { nom: 'er', acc: 'ihn', dat: 'ihm' } },
  she: { person: '3s', object: 'her', german: { nom: 'sie', acc: 'sie', dat: 'ihr' } },
  we: { person: '1p', object: 'us', german: { nom: 'wir', acc: 'uns', dat: 'uns' } },
  they: { person: '3p', object: 'them', german: { nom: 'sie', acc: 'sie', dat: 'ihnen' } },
};

/** Person and number of the verb. */
export const personOf = (one: Participant): Person => ('pronoun' in one ? pronouns[one.pronoun].person : one.phrase.plural ? '3p' : '3s');

/** In German: masculine, feminine, neuter, plural. */
type Form = Gender | 'p';
const formOf = ({ noun, plural }: NounPhrase): Form => (plural ? 'p' : noun.gender);

/** Endings by case, in the order m f n p. */
const endings = (nom: string, acc: string, dat: string): Readonly<Record<Case, Readonly<Record<Form, string>>>> => {
  const row = (list: string): Record<Form, string> => {
    const [m, f, n, p] = list.split(' ').map((ending) => (ending === '-' ? '' : ending)) as [string, string, string, string];
    return { m, f, n, p };
  };
  return { nom: row(nom), acc: row(acc), dat: row(dat) };
};

const definite = endings('der die das die', 'den die das die', 'dem der dem den');
/** dieser, jeder */
const strongDeterminer = endings('er e es e', 'en e es e', 'em er em en');
/** ein, kein, mein */
const einDeterminer = endings('- e - e', 'en e - e', 'em er em en');
const weak = endings('e e e en', 'en e e en', 'en en en en');
const mixed = endings('er e es en', 'en e es en', 'en en en en');
const strong = endings('er e es e', 'en e es e', 'em er em en');

const owners: Readonly<Record<Owner, string>> = { my: 'mein', your: 'dein', his: 'sein', her: 'ihr', our: 'unser', their: 'ihr' };

/** The determiner's word in German, and which endings adjectives take after it. */
const germanDeterminer = (
  determiner: Determiner,
  form: Form,
  grammaticalCase: Case,
): { readonly word: string; readonly after: typeof weak } => {
  switch (determiner.kind) {
    case 'the':
      return { word: definite[grammaticalCase][form], after: weak };
    case 'this':
      return { word: `dies${strongDeterminer[grammaticalCase][form]}`, after: weak };
    case 'every':
      return { word: `jed${strongDeterminer[grammaticalCase][form]}`, after: weak };
    case 'a':
      return form === 'p' ? { word: '', after: strong } : { word: `ein${einDeterminer[grammaticalCase][form]}`, after: mixed };
    case 'no':
      return { word: `kein${einDeterminer[grammaticalCase][form]}`, after: mixed };
    case 'own':
      return { word: `${owners[determiner.owner]}${einDeterminer[grammaticalCase][form]}`, after: mixed };
    case 'count':
      return { word: germanNumber(determiner.count), after: strong };
  }
};

/** A noun in its case: weak nouns take their ending, the dative plural an n. */
export const germanNoun = (noun: Noun, plural: boolean, grammaticalCase: Case): string => {
  if (!plural) return noun.german + (grammaticalCase === 'nom' ? '' : noun.weak);
  return noun.germanPlural + (grammaticalCase === 'dat' && !/[ns]$/.test(noun.germanPlural) ? 'n' : '');
};

const words = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ');

/** A noun phrase in German. */
export const germanPhrase = (phrase: NounPhrase, grammaticalCase: Case): string => {
  const form = formOf(phrase);
  const { word, after } = germanDeterminer(phrase.determiner, form, grammaticalCase);
  const ending = after[grammaticalCase][form];
  return words(word, ...phrase.adjectives.map(({ stem }) => stem + ending), germanNoun(phrase.noun, phrase.plural, grammaticalCase));
};

const englishDeterminer = ({ determiner, plural }: NounPhrase, next: string): string => {
  switch (determiner.kind) {
    case 'the':
    case 'every':
    case 'no':
      return determiner.kind;
    case 'this':
      return plural ? 'these' : 'this';
    case 'a':
      return plural ? '' : /^[aeiou]/.test(next) ? 'an' : 'a';
    case 'own':
      return determiner.owner;
    case 'count':
      return englishNumber(determiner.count);
  }
};

/** A noun phrase in English. */
export const englishPhrase = (phrase: NounPhrase): string => {
  const rest = words(...phrase.adjectives.map(({ english }) => english), phrase.plural ? phrase.noun.englishPlural : phrase.noun.english);
  return words(englishDeterminer(phrase, rest), rest);
};

/** In English, as subject or object. */
export const english = (one: Participant, role: 'subject' | 'object'): string =>
  'phrase' in one ? englishPhrase(one.phrase) : role === 'subject' ? one.pronoun : pronouns[one.pronoun].object;

/** In German, in its case. */
export const german = (one: Participant, grammaticalCase: Case): string =>
  'phrase' in one ? germanPhrase(one.phrase, grammaticalCase) : pronouns[one.pronoun].german[grammaticalCase];

/** er, sie, es or plural sie: what refers back to a noun phrase. */
export const referring = ({ noun, plural }: NounPhrase): 'er' | 'sie' | 'es' =>
  plural || noun.gender === 'f' ? 'sie' : noun.gender === 'm' ? 'er' : 'es';

/** Nominative relative pronoun: der Mann, der …; die Kinder, die … */
export const relative = (phrase: NounPhrase): string => definite.nom[formOf(phrase)];
