import { english, german, type NounPhrase, type Participant, personOf } from './noun-phrase.js';
import { auxiliaries, present, type Verb } from './verbs.js';

/** When, or by which will or leave. */
export type Tense = 'present' | 'past' | 'future' | 'can' | 'must' | 'want';

/** Words that say when or where, the same in every sentence. */
export interface Adverbial {
  readonly english: string;
  readonly german: string;
}

/** Who does what to whom, when and where: drawn once, written in both languages. */
export interface Clause {
  readonly subject: Participant;
  readonly verb: Verb;
  readonly tense: Tense;
  readonly negated: boolean;
  /** Accusative, or dative where the verb governs it. */
  readonly object?: Participant | undefined;
  /** Dative, of verbs of giving. */
  readonly receiver?: Participant | undefined;
  readonly time?: Adverbial | undefined;
  readonly place?: Adverbial | undefined;
}

const words = (...parts: readonly (string | undefined)[]): string => parts.filter((part) => part !== undefined && part !== '').join(' ');

/** `take along` has its object between. */
const verbAndObjects = (form: string, { object, receiver }: Clause): string => {
  const given = object && english(object, 'object');
  const to = receiver && english(receiver, 'object');
  const [first, particle] = form.split(' ');
  // "gives him the book", but with a pronoun as the thing: "gives it to him" does not occur
  return particle === 'along' ? words(first, given, particle) : words(form, to, given);
};

/** The English auxiliary and what follows the subject. `invert` asks. */
const englishVerb = (clause: Clause, invert: boolean): { readonly auxiliary: string; readonly rest: string } => {
  const { verb, tense, negated, subject } = clause;
  const third = personOf(subject) === '3s';
  const not = negated ? 'not' : '';
  const base = verb.english;
  switch (tense) {
    case 'future':
      return { auxiliary: 'will', rest: words(not, verbAndObjects(base, clause)) };
    case 'must':
      return { auxiliary: 'must', rest: words(not, verbAndObjects(base, clause)) };
    case 'can':
      if (invert) return { auxiliary: 'can', rest: words(not, verbAndObjects(base, clause)) };
      return { auxiliary: negated ? 'cannot' : 'can', rest: verbAndObjects(base, clause) };
    case 'want':
      if (invert || negated) return { auxiliary: third ? 'does' : 'do', rest: words(not, 'want to', verbAndObjects(base, clause)) };
      return { auxiliary: '', rest: words(third ? 'wants to' : 'want to', verbAndObjects(base, clause)) };
    case 'past':
      if (invert || negated) return { auxiliary: 'did', rest: words(not, verbAndObjects(base, clause)) };
      return { auxiliary: '', rest: verbAndObjects(verb.past, clause) };
    case 'present':
      if (invert || negated) return { auxiliary: third ? 'does' : 'do', rest: words(not, verbAndObjects(base, clause)) };
      return { auxiliary: '', rest: verbAndObjects(third ? verb.third : base, clause) };
  }
};

/** A clause as an English statement, the time at its end. */
export const englishStatement = (clause: Clause): string => {
  const { auxiliary, rest } = englishVerb(clause, false);
  return words(english(clause.subject, 'subject'), auxiliary, rest, clause.place?.english, clause.time?.english);
};

/** A clause as an English question, without its mark. */
export const englishQuestion = (clause: Clause): string => {
  const { auxiliary, rest } = englishVerb(clause, true);
  return words(auxiliary, english(clause.subject, 'subject'), rest, clause.place?.english, clause.time?.english);
};

/** The English clause without its subject, for `who`. */
export const englishPredicate = (clause: Clause): string => {
  const { auxiliary, rest } = englishVerb(clause, false);
  return words(auxiliary, rest, clause.place?.english, clause.time?.english);
};

const modals = { can: 'können', must: 'müssen', want: 'wollen' } as const;

/** The German verb: what is finite, what stands at the end, and the finite form as it is in a subordinate clause. */
const germanVerb = ({
  verb,
  tense,
  negated,
  subject,
}: Clause): { readonly finite: string; readonly end: string; readonly last: string } => {
  const person = personOf(subject);
  if (tense === 'present') {
    const form = present(verb, person);
    return { finite: form, end: verb.prefix, last: verb.prefix + form };
  }
  if (tense === 'past') {
    const finite = auxiliaries[verb.auxiliary][person];
    return { finite, end: verb.participle, last: `${verb.participle} ${finite}` };
  }
  // "must not" forbids: darf nicht
  const modal = tense === 'future' ? 'werden' : tense === 'must' && negated ? 'dürfen' : modals[tense];
  const finite = auxiliaries[modal][person];
  const infinitive = verb.prefix + verb.infinitive;
  return { finite, end: infinitive, last: `${infinitive} ${finite}` };
};

const isIndefinite = (one: Participant | undefined): one is { readonly phrase: NounPhrase } =>
  one !== undefined && 'phrase' in one && one.phrase.determiner.kind === 'a';
const denied = (one: Participant): Participant => ('phrase' in one ? { phrase: { ...one.phrase, determiner: { kind: 'no' } } } : one);

/** Between the verbs: pronouns, time, dative, accusative, nicht, place. An indefinite object is denied by kein. */
const germanMiddle = (clause: Clause, time: boolean): string => {
  const { verb, negated } = clause;
  const governed = verb.object ?? 'acc';
  const no = negated ? (isIndefinite(clause.object) ? 'object' : isIndefinite(clause.receiver) ? 'receiver' : 'verb') : undefined;
  const object = no === 'object' ? denied(clause.object!) : clause.object;
  const receiver = no === 'receiver' ? denied(clause.receiver!) : clause.receiver;
  const said = (one: Participant | undefined, grammaticalCase: 'acc' | 'dat', pronoun: boolean): string =>
    one !== undefined && 'pronoun' in one === pronoun ? german(one, grammaticalCase) : '';
  return words(
    said(object, governed, true),
    said(receiver, 'dat', true),
    time ? clause.time?.german : '',
    said(receiver, 'dat', false),
    said(object, governed, false),
    no === 'verb' ? 'nicht' : '',
    clause.place?.german,
  );
};

/** A German main clause. `first` stands before the finite verb in place of the subject: heute, ein Nebensatz. */
export const germanMain = (clause: Clause, first?: string): string => {
  const { finite, end } = germanVerb(clause);
  const subject = german(clause.subject, 'nom');
  const middle = germanMiddle(clause, first !== clause.time?.german);
  return first === undefined ? words(subject, finite, middle, end) : words(first, finite, subject, middle, end);
};

/** A German question: verb first, or after a question word. */
export const germanQuestion = (clause: Clause, asked?: string): string => {
  const { finite, end } = germanVerb(clause);
  return words(asked, finite, german(clause.subject, 'nom'), germanMiddle(clause, true), end);
};

/** A German clause whose subject is `wer` or a relative pronoun. `verbLast` for the latter. */
export const germanWithSubject = (clause: Clause, subject: string, verbLast: boolean): string => {
  const { finite, end, last } = germanVerb(clause);
  const middle = germanMiddle(clause, true);
  return verbLast ? words(subject, middle, last) : words(subject, finite, middle, end);
};

/** A German subordinate clause after weil, dass, wenn …: the verb at its end. */
export const germanSubordinate = (clause: Clause, conjunction: string): string =>
  words(conjunction, german(clause.subject, 'nom'), germanMiddle(clause, true), germanVerb(clause).last);
