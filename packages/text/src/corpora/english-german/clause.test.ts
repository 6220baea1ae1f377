import test from 'ava';
import { adjectives } from './adjectives.js';
import { type Clause, englishQuestion, englishStatement, germanMain, germanQuestion, germanSubordinate } from './clause.js';
import { type Case, type Determiner, germanPhrase, type Participant, type Pronoun } from './noun-phrase.js';
import { nouns } from './nouns.js';
import { present, verbs } from './verbs.js';

const noun = (english: string) => nouns.find((one) => one.english === english)!;
const verb = (english: string) => verbs.find((one) => one.english === english)!;
const adjective = (english: string) => adjectives.find((one) => one.english === english)!;
const the = (name: string, { plural = false, adjective: word = '', determiner = { kind: 'the' } as Determiner } = {}): Participant => ({
  phrase: { determiner, adjectives: word ? [adjective(word)] : [], noun: noun(name), plural },
});
const who = (pronoun: Pronoun): Participant => ({ pronoun });
const clause = (given: Partial<Clause> & Pick<Clause, 'subject' | 'verb'>): Clause => ({ tense: 'present', negated: false, ...given });

const statements: readonly (readonly [Clause, string, string])[] = [
  [clause({ subject: the('man'), verb: verb('open'), object: the('door') }), 'the man opens the door', 'der Mann macht die Tür auf'],
  [
    clause({ subject: the('man'), verb: verb('open'), object: the('door'), tense: 'past' }),
    'the man opened the door',
    'der Mann hat die Tür aufgemacht',
  ],
  [
    clause({ subject: the('man'), verb: verb('open'), object: the('door'), tense: 'can' }),
    'the man can open the door',
    'der Mann kann die Tür aufmachen',
  ],
  [
    clause({ subject: the('dog'), verb: verb('see'), object: the('cat', { determiner: { kind: 'a' } }), negated: true }),
    'the dog does not see a cat',
    'der Hund sieht keine Katze',
  ],
  [
    clause({ subject: who('I'), verb: verb('help'), object: the('woman'), negated: true }),
    'I do not help the woman',
    'ich helfe der Frau nicht',
  ],
  [
    clause({ subject: who('he'), verb: verb('help'), object: the('child', { plural: true }) }),
    'he helps the children',
    'er hilft den Kindern',
  ],
  [
    clause({ subject: the('boy'), verb: verb('call'), object: the('neighbour'), tense: 'past' }),
    'the boy called the neighbour',
    'der Junge hat den Nachbarn angerufen',
  ],
  [clause({ subject: who('she'), verb: verb('come'), tense: 'past' }), 'she came', 'sie ist gekommen'],
  [
    clause({ subject: who('we'), verb: verb('buy'), object: the('car', { adjective: 'expensive', determiner: { kind: 'a' } }) }),
    'we buy an expensive car',
    'wir kaufen ein teures Auto',
  ],
  [clause({ subject: who('you'), verb: verb('sleep'), tense: 'must', negated: true }), 'you must not sleep', 'du darfst nicht schlafen'],
  [
    clause({ subject: who('they'), verb: verb('give'), object: the('book'), receiver: who('he') }),
    'they give him the book',
    'sie geben ihm das Buch',
  ],
  [
    clause({ subject: the('king'), verb: verb('show'), object: the('ship'), receiver: the('daughter'), tense: 'future' }),
    'the king will show the daughter the ship',
    'der König wird der Tochter das Schiff zeigen',
  ],
  [
    clause({
      subject: the('sister'),
      verb: verb('sleep'),
      negated: true,
      place: { english: 'in the garden', german: 'im Garten' },
      time: { english: 'today', german: 'heute' },
    }),
    'the sister does not sleep in the garden today',
    'die Schwester schläft heute nicht im Garten',
  ],
  [
    clause({ subject: who('she'), verb: verb('take along'), object: the('hat'), tense: 'past' }),
    'she took the hat along',
    'sie hat den Hut mitgenommen',
  ],
];

for (const [given, english, german] of statements)
  test(english, (t) => {
    t.is(englishStatement(given), english);
    t.is(germanMain(given), german);
  });

test('questions ask with the verb, and English with do', (t) => {
  const asked = clause({
    subject: the('baby'),
    verb: verb('close'),
    object: the('door', { adjective: 'small', determiner: { kind: 'own', owner: 'his' } }),
    negated: true,
  });
  t.is(`why ${englishQuestion(asked)}`, 'why does the baby not close his small door');
  t.is(germanQuestion(asked, 'warum'), 'warum macht das Baby seine kleine Tür nicht zu');
});

test('subordinate clauses end with the verb, its prefix joined', (t) => {
  const side = clause({ subject: who('he'), verb: verb('open'), object: the('window') });
  t.is(germanSubordinate(side, 'weil'), 'weil er das Fenster aufmacht');
  t.is(germanSubordinate({ ...side, tense: 'past' }, 'dass'), 'dass er das Fenster aufgemacht hat');
  t.is(germanSubordinate({ ...side, tense: 'want' }, 'obwohl'), 'obwohl er das Fenster aufmachen will');
});

test('something before the verb moves the subject behind it', (t) => {
  const time = { english: 'tomorrow', german: 'morgen' };
  t.is(
    germanMain(clause({ subject: the('uncle'), verb: verb('close'), object: the('box'), tense: 'can', time }), time.german),
    'morgen kann der Onkel die Kiste zumachen',
  );
});

const paradigm: readonly (readonly [
  Determiner['kind'],
  string,
  Readonly<Record<Case, readonly [m: string, f: string, n: string, p: string]>>,
])[] = [
  [
    'the',
    'old',
    {
      nom: ['der alte Hund', 'die alte Katze', 'das alte Pferd', 'die alten Hunde'],
      acc: ['den alten Hund', 'die alte Katze', 'das alte Pferd', 'die alten Hunde'],
      dat: ['dem alten Hund', 'der alten Katze', 'dem alten Pferd', 'den alten Hunden'],
    },
  ],
  [
    'a',
    'old',
    {
      nom: ['ein alter Hund', 'eine alte Katze', 'ein altes Pferd', 'alte Hunde'],
      acc: ['einen alten Hund', 'eine alte Katze', 'ein altes Pferd', 'alte Hunde'],
      dat: ['einem alten Hund', 'einer alten Katze', 'einem alten Pferd', 'alten Hunden'],
    },
  ],
  [
    'this',
    'old',
    {
      nom: ['dieser alte Hund', 'diese alte Katze', 'dieses alte Pferd', 'diese alten Hunde'],
      acc: ['diesen alten Hund', 'diese alte Katze', 'dieses alte Pferd', 'diese alten Hunde'],
      dat: ['diesem alten Hund', 'dieser alten Katze', 'diesem alten Pferd', 'diesen alten Hunden'],
    },
  ],
  [
    'no',
    'old',
    {
      nom: ['kein alter Hund', 'keine alte Katze', 'kein altes Pferd', 'keine alten Hunde'],
      acc: ['keinen alten Hund', 'keine alte Katze', 'kein altes Pferd', 'keine alten Hunde'],
      dat: ['keinem alten Hund', 'keiner alten Katze', 'keinem alten Pferd', 'keinen alten Hunden'],
    },
  ],
];

for (const [kind, word, cases] of paradigm)
  test(`endings after '${kind}'`, (t) => {
    for (const [grammaticalCase, expected] of Object.entries(cases) as [Case, readonly string[]][]) {
      const forms = (['dog', 'cat', 'horse'] as const).map((name) => ({ noun: noun(name), plural: false }));
      const made = [...forms, { noun: noun('dog'), plural: true }].map((one) =>
        germanPhrase({ ...one, determiner: { kind } as Determiner, adjectives: [adjective(word)] }, grammaticalCase),
      );
      t.deepEqual(made, [...expected]);
    }
  });

test('verbs in the present tense', (t) => {
  const forms = (english: string) => (['1s', '2s', '3s', '1p'] as const).map((person) => present(verb(english), person)).join(' ');
  t.is(forms('see'), 'sehe siehst sieht sehen');
  t.is(forms('work'), 'arbeite arbeitest arbeitet arbeiten');
  t.is(forms('dance'), 'tanze tanzt tanzt tanzen');
  t.is(forms('draw'), 'zeichne zeichnest zeichnet zeichnen');
  t.is(forms('invite'), 'lade lädst lädt laden');
  t.is(forms('find'), 'finde findest findet finden');
});
