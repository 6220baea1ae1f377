import type { NounClass } from './nouns.js';

/** One verb in both languages. */
export interface Verb {
  /** Base form; a particle or preposition may follow: `look for`. */
  readonly english: string;
  readonly third: string;
  readonly past: string;
  /** Infinitive without the separable prefix. */
  readonly infinitive: string;
  readonly prefix: string;
  /** Second and third person singular of the present, where the vowel changes. */
  readonly du?: string;
  readonly er?: string;
  /** With its prefix: aufgemacht. */
  readonly participle: string;
  readonly auxiliary: 'haben' | 'sein';
  /** Case of the object; none for intransitive verbs. */
  readonly object?: 'acc' | 'dat';
  /** What the object can be. */
  readonly objects: readonly NounClass[];
  /** Gives something to somebody: a dative object before the accusative one. */
  readonly receiver: boolean;
  /** Present and past look alike for some subjects, so an affirmative past would be ambiguous. */
  readonly ambiguousPast: boolean;
  /** It happens in one place, which can be said. */
  readonly stays: boolean;
  /** Animals do it too. */
  readonly animals: boolean;
  readonly level: 1 | 2;
}

const things: readonly NounClass[] = ['readable', 'edible', 'wearable', 'vehicle', 'object'];
const beings: readonly NounClass[] = ['person', 'animal'];

type Entry = [english: string, infinitive: string, participle: string, more?: Partial<Verb>];

/** `base|third|past`, infinitive with `·` after a separable prefix, participle. */
const make = ([english, infinitive, participle, more = {}]: Entry): Verb => {
  const [base, third, past] = english.split('|') as [string, string, string];
  const [prefix, bare] = infinitive.includes('·') ? (infinitive.split('·') as [string, string]) : ['', infinitive];
  return {
    english: base,
    third,
    past,
    infinitive: bare,
    prefix,
    participle,
    auxiliary: 'haben',
    objects: [],
    receiver: false,
    ambiguousPast: false,
    stays: true,
    animals: false,
    level: 1,
    ...more,
  };
};

const acc = (objects: readonly NounClass[], more: Partial<Verb> = {}): Partial<Verb> => ({ object: 'acc', objects, ...more });
const dat = (objects: readonly NounClass[], more: Partial<Verb> = {}): Partial<Verb> => ({ object: 'dat', objects, ...more });
const two = { level: 2 as const };

const entries: readonly Entry[] = [
  ['see|sees|saw', 'sehen', 'gesehen', acc([...beings, 'vehicle', 'object'], { du: 'siehst', er: 'sieht', animals: true })],
  ['buy|buys|bought', 'kaufen', 'gekauft', acc(things)],
  ['find|finds|found', 'finden', 'gefunden', acc([...things, 'animal'], { animals: true })],
  ['read|reads|read', 'lesen', 'gelesen', acc(['readable'], { du: 'liest', er: 'liest', ambiguousPast: true })],
  ['open|opens|opened', 'auf·machen', 'aufgemacht', acc(['openable'])],
  ['close|closes|closed', 'zu·machen', 'zugemacht', acc(['openable'])],
  ['eat|eats|ate', 'essen', 'gegessen', acc(['edible'], { du: 'isst', er: 'isst' })],
  ['wear|wears|wore', 'tragen', 'getragen', acc(['wearable'], { du: 'trägst', er: 'trägt' })],
  ['look for|looks for|looked for', 'suchen', 'gesucht', acc([...beings, 'readable', 'object'], { animals: true })],
  ['help|helps|helped', 'helfen', 'geholfen', dat(beings, { du: 'hilfst', er: 'hilft' })],
  ['call|calls|called', 'an·rufen', 'angerufen', acc(['person'])],
  ['visit|visits|visited', 'besuchen', 'besucht', acc(['person'])],
  ['sleep|sleeps|slept', 'schlafen', 'geschlafen', { du: 'schläfst', er: 'schläft', animals: true }],
  ['work|works|worked', 'arbeiten', 'gearbeitet', {}],
  ['laugh|laughs|laughed', 'lachen', 'gelacht', {}],
  ['come|comes|came', 'kommen', 'gekommen', { auxiliary: 'sein', stays: false, animals: true }],
  ['run|runs|ran', 'laufen', 'gelaufen', { du: 'läufst', er: 'läuft', auxiliary: 'sein', animals: true }],
  ['thank|thanks|thanked', 'danken', 'gedankt', dat(['person'], two)],
  ['follow|follows|followed', 'folgen', 'gefolgt', dat(beings, { ...two, auxiliary: 'sein', animals: true })],
  ['invite|invites|invited', 'ein·laden', 'eingeladen', acc(['person'], { ...two, du: 'lädst', er: 'lädt' })],
  ['wash|washes|washed', 'waschen', 'gewaschen', acc(['wearable', 'vehicle'], { ...two, du: 'wäschst', er: 'wäscht' })],
  ['sell|sells|sold', 'verkaufen', 'verkauft', acc(things, two)],
  ['draw|draws|drew', 'zeichnen', 'gezeichnet', acc([...beings, 'vehicle', 'object'], two)],
  ['love|loves|loved', 'lieben', 'geliebt', acc(beings, { ...two, animals: true })],
  [
    'take along|takes along|took along',
    'mit·nehmen',
    'mitgenommen',
    acc(['readable', 'edible', 'wearable'], { ...two, du: 'nimmst', er: 'nimmt' }),
  ],
  ['sing|sings|sang', 'singen', 'gesungen', two],
  ['dance|dances|danced', 'tanzen', 'getanzt', two],
  ['swim|swims|swam', 'schwimmen', 'geschwommen', { ...two, auxiliary: 'sein', stays: false, animals: true }],
  ['wait|waits|waited', 'warten', 'gewartet', { ...two, animals: true }],
  ['get up|gets up|got up', 'auf·stehen', 'aufgestanden', { ...two, auxiliary: 'sein', stays: false }],
  ['arrive|arrives|arrived', 'an·kommen', 'angekommen', { ...two, auxiliary: 'sein', stays: false }],
  ['give|gives|gave', 'geben', 'gegeben', acc(['readable', 'edible', 'object'], { ...two, receiver: true, du: 'gibst', er: 'gibt' })],
  ['show|shows|showed', 'zeigen', 'gezeigt', acc(['readable', 'wearable', 'vehicle', 'object'], { ...two, receiver: true })],
  ['send|sends|sent', 'schicken', 'geschickt', acc(['readable', 'wearable'], { ...two, receiver: true })],
];

/** Every verb. */
export const verbs: readonly Verb[] = entries.map(make);

/** Persons of the verb: I, you, he she it, we, they. */
export type Person = '1s' | '2s' | '3s' | '1p' | '3p';

/** Present tense of a German verb, without its separable prefix. */
export const present = ({ infinitive, du, er }: Pick<Verb, 'infinitive' | 'du' | 'er'>, person: Person): string => {
  const stem = infinitive.replace(/e?n$/, '');
  const e = /([td]|chn)$/.test(stem) ? 'e' : '';
  switch (person) {
    case '1s':
      return `${stem}e`;
    case '2s':
      return du ?? `${stem}${e}${/[sßzx]$/.test(stem) ? 't' : 'st'}`;
    case '3s':
      return er ?? `${stem}${e}t`;
    default:
      return infinitive;
  }
};

/** Present tense of the verbs that follow no rule, by person. */
export const auxiliaries: Readonly<
  Record<'haben' | 'sein' | 'war' | 'werden' | 'können' | 'dürfen' | 'müssen' | 'wollen', Readonly<Record<Person, string>>>
> = {
  haben: { '1s': 'habe', '2s': 'hast', '3s': 'hat', '1p': 'haben', '3p': 'haben' },
  sein: { '1s': 'bin', '2s': 'bist', '3s': 'ist', '1p': 'sind', '3p': 'sind' },
  war: { '1s': 'war', '2s': 'warst', '3s': 'war', '1p': 'waren', '3p': 'waren' },
  werden: { '1s': 'werde', '2s': 'wirst', '3s': 'wird', '1p': 'werden', '3p': 'werden' },
  können: { '1s': 'kann', '2s': 'kannst', '3s': 'kann', '1p': 'können', '3p': 'können' },
  dürfen: { '1s': 'darf', '2s': 'darfst', '3s': 'darf', '1p': 'dürfen', '3p': 'dürfen' },
  müssen: { '1s': 'muss', '2s': 'musst', '3s': 'muss', '1p': 'müssen', '3p': 'müssen' },
  wollen: { '1s': 'will', '2s': 'willst', '3s': 'will', '1p': 'wollen', '3p': 'wollen' },
};
