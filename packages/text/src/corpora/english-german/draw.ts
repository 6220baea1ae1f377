import type { Random } from '@anyformer/core';
import { type Adjective, adjectives } from './adjectives.js';
import type { Adverbial, Clause, Tense } from './clause.js';
import type { Determiner, NounPhrase, Owner, Participant, Pronoun } from './noun-phrase.js';
import { type Noun, type NounClass, nounsOf } from './nouns.js';
import { type Verb, verbs } from './verbs.js';

/** One of a list, each as likely. */
export const pick = <T>(random: Random, list: readonly T[]): T => list[random.integer(list.length)]!;

/** One of a list by weights. */
export const weighted = <T>(random: Random, list: readonly (readonly [T, number])[]): T => {
  let point = random.uniform() * list.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [one, weight] of list) {
    point -= weight;
    if (point < 0) return one;
  }
  return list.at(-1)![0];
};

const chance = (random: Random, share: number): boolean => random.uniform() < share;

/** A time and the tenses that it can go with. */
interface Time extends Adverbial {
  readonly tenses: readonly Tense[];
  readonly level: 1 | 2;
}

const always: readonly Tense[] = ['present', 'past', 'future', 'can', 'must', 'want'];
const open: readonly Tense[] = ['present', 'can', 'must', 'want'];
const ahead: readonly Tense[] = ['future', 'can', 'must', 'want'];

const times: readonly Time[] = (
  [
    ['today', 'heute', always, 1],
    ['yesterday', 'gestern', ['past'], 1],
    ['now', 'jetzt', open, 1],
    ['tomorrow', 'morgen', ahead, 1],
    ['every day', 'jeden Tag', ['present'], 1],
    ['in the evening', 'am Abend', always, 1],
    ['on Monday', 'am Montag', always, 1],
    ["at eight o'clock", 'um acht Uhr', always, 1],
    ['last week', 'letzte Woche', ['past'], 2],
    ['next year', 'nächstes Jahr', ahead, 2],
    ['in the morning', 'am Morgen', always, 2],
    ['in summer', 'im Sommer', always, 2],
    ['on Friday', 'am Freitag', always, 2],
    ['this time', 'diesmal', always, 2],
  ] as const
).map(([english, german, tenses, level]) => ({ english, german, tenses, level }));

const places: readonly (Adverbial & { readonly level: 1 | 2 })[] = (
  [
    ['in the garden', 'im Garten', 1],
    ['in the city', 'in der Stadt', 1],
    ['at home', 'zu Hause', 1],
    ['at school', 'in der Schule', 1],
    ['in the park', 'im Park', 1],
    ['on the street', 'auf der Straße', 2],
    ['in the forest', 'im Wald', 2],
    ['at the station', 'am Bahnhof', 2],
    ['on the beach', 'am Strand', 2],
    ['behind the church', 'hinter der Kirche', 2],
    ['in front of the house', 'vor dem Haus', 2],
  ] as const
).map(([english, german, level]) => ({ english, german, level }));

const pronouns: readonly Pronoun[] = ['I', 'you', 'he', 'she', 'we', 'they'];
const owners: readonly Owner[] = ['my', 'your', 'his', 'her', 'our', 'their'];

/** Draws meanings of a level. */
export class Drawing {
  readonly level: 1 | 2;
  readonly random: Random;
  readonly #nouns: Readonly<Record<NounClass, readonly Noun[]>>;
  readonly #verbs: readonly Verb[];
  readonly #adjectives: readonly Adjective[];

  constructor(level: 1 | 2, random: Random) {
    this.level = level;
    this.random = random;
    this.#nouns = nounCache[level];
    this.#verbs = verbCache[level];
    this.#adjectives = adjectiveCache[level];
  }

  noun(classes: readonly NounClass[]): Noun {
    return pick(this.random, this.#nouns[pick(this.random, classes)]);
  }

  adjective(noun: Noun): Adjective {
    const fits = noun.is === 'person' || noun.is === 'animal' ? 'beings' : 'things';
    for (;;) {
      const one = pick(this.random, this.#adjectives);
      if (one.of === 'both' || one.of === fits) return one;
    }
  }

  #determiner(plural: boolean): Determiner {
    const kind = weighted(this.random, [
      ['the', 8],
      ['a', 5],
      ['own', 4],
      ['this', 2],
      ['every', plural ? 0 : 1],
      ['count', plural && this.level === 2 ? 2 : 0],
    ] as const);
    if (kind === 'own') return { kind, owner: pick(this.random, owners) };
    if (kind === 'count') return { kind, count: 2 + this.random.integer(10) };
    return { kind };
  }

  phrase(classes: readonly NounClass[], { singular = false } = {}): NounPhrase {
    const { random } = this;
    const noun = this.noun(classes);
    const plural = !singular && chance(random, 0.25);
    const count = weighted(random, [
      [0, 6],
      [1, this.level === 1 ? 3 : 4],
      [2, this.level === 1 ? 0 : 1],
    ] as const);
    const chosen: Adjective[] = [];
    while (chosen.length < count) {
      const one = this.adjective(noun);
      if (!chosen.includes(one)) chosen.push(one);
    }
    chosen.sort((a, b) => adjectives.indexOf(a) - adjectives.indexOf(b));
    return { determiner: this.#determiner(plural), adjectives: chosen, noun, plural };
  }

  #participant(classes: readonly NounClass[], pronoun: number): Participant {
    const being = classes.some((one) => one === 'person');
    return being && chance(this.random, pronoun) ? { pronoun: pick(this.random, pronouns) } : { phrase: this.phrase(classes) };
  }

  subject(verb: Verb): Participant {
    return this.#participant(verb.animals ? ['person', 'person', 'animal'] : ['person'], 0.4);
  }

  #tense(): Tense {
    return weighted(
      this.random,
      this.level === 1
        ? ([
            ['present', 4],
            ['past', 4],
            ['can', 2],
          ] as const)
        : ([
            ['present', 5],
            ['past', 5],
            ['future', 2],
            ['can', 2],
            ['must', 1],
            ['want', 1],
          ] as const),
    );
  }

  /** A clause; what must not be in it can be left out. */
  clause({
    time = 0.35,
    place = 0.2,
    negated = 0.15,
    subject,
  }: {
    time?: number;
    place?: number;
    negated?: number;
    subject?: Participant;
  } = {}): Clause {
    const { random } = this;
    const verb = pick(
      random,
      subject && 'phrase' in subject && subject.phrase.noun.is === 'animal' ? this.#verbs.filter((one) => one.animals) : this.#verbs,
    );
    const negative = chance(random, negated);
    let tense = this.#tense();
    if (tense === 'past' && verb.ambiguousPast && !negative) tense = 'present';
    const when = chance(random, time) ? this.time(tense) : undefined;
    const doer = subject ?? this.subject(verb);
    let object = verb.object && this.#participant(verb.objects, 0.25);
    // Somebody who acts on himself would need a reflexive pronoun.
    while (object && 'pronoun' in object && 'pronoun' in doer && this.#same(object.pronoun, doer.pronoun))
      object = this.#participant(verb.objects, 0.25);
    let receiver = verb.receiver ? this.#participant(['person'], 0.4) : undefined;
    while (receiver && 'pronoun' in receiver && 'pronoun' in doer && this.#same(receiver.pronoun, doer.pronoun))
      receiver = this.#participant(['person'], 0.4);
    // "not … every" could deny the verb or the number.
    const plain = negative ? withoutEvery : <T>(one: T): T => one;
    return {
      subject: plain(doer),
      verb,
      tense,
      negated: negative,
      object: plain(object),
      receiver: plain(receiver),
      time: when,
      place: verb.stays && chance(random, place) ? this.place() : undefined,
    };
  }

  #same(a: Pronoun, b: Pronoun): boolean {
    return a === b || (a === 'I' && b === 'we') || (a === 'we' && b === 'I');
  }

  time(tense: Tense): Adverbial {
    return pick(
      this.random,
      times.filter((one) => one.level <= this.level && one.tenses.includes(tense)),
    );
  }

  place(): Adverbial {
    return pick(
      this.random,
      places.filter((one) => one.level <= this.level),
    );
  }
}

const withoutEvery = <T extends Participant | undefined>(one: T): T =>
  one && 'phrase' in one && one.phrase.determiner.kind === 'every'
    ? ({ phrase: { ...one.phrase, determiner: { kind: 'the' } } } as T)
    : one;

const both = <T>(make: (level: 1 | 2) => T): Readonly<Record<1 | 2, T>> => ({ 1: make(1), 2: make(2) });
const nounCache = both(nounsOf);
const verbCache = both((level) => verbs.filter((verb) => verb.level <= level));
const adjectiveCache = both((level) => adjectives.filter((one) => one.level <= level));
