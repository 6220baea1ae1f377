/** Grammatical gender. */
export type Gender = 'm' | 'f' | 'n';

/** What a noun can take part in: who acts, what is read, opened, eaten. */
export type NounClass = 'person' | 'animal' | 'readable' | 'openable' | 'edible' | 'wearable' | 'vehicle' | 'object';

/** One noun in both languages. */
export interface Noun {
  readonly english: string;
  readonly englishPlural: string;
  readonly german: string;
  readonly germanPlural: string;
  readonly gender: Gender;
  readonly is: NounClass;
  /** What the weak declension adds in all singular cases but the nominative: der Junge, den Jungen. */
  readonly weak: string;
}

/** `english plural Deutsch Plural gender [weak ending]`, one noun a line. */
const table: Readonly<Record<NounClass, string>> = {
  person: `
    man men Mann Männer m
    woman women Frau Frauen f
    child children Kind Kinder n
    girl girls Mädchen Mädchen n
    father fathers Vater Väter m
    mother mothers Mutter Mütter f
    brother brothers Bruder Brüder m
    sister sisters Schwester Schwestern f
    teacher teachers Lehrer Lehrer m
    aunt aunts Tante Tanten f
    boy boys Junge Jungen m n
    baby babies Baby Babys n
    uncle uncles Onkel Onkel m
    doctor doctors Arzt Ärzte m
    neighbour neighbours Nachbar Nachbarn m n
    student students Student Studenten m en
    queen queens Königin Königinnen f
    king kings König Könige m
    friend friends Freund Freunde m
    daughter daughters Tochter Töchter f`,
  animal: `
    dog dogs Hund Hunde m
    cat cats Katze Katzen f
    horse horses Pferd Pferde n
    bird birds Vogel Vögel m
    cow cows Kuh Kühe f
    mouse mice Maus Mäuse f
    pig pigs Schwein Schweine n
    fox foxes Fuchs Füchse m`,
  readable: `
    book books Buch Bücher n
    letter letters Brief Briefe m
    newspaper newspapers Zeitung Zeitungen f`,
  openable: `
    door doors Tür Türen f
    window windows Fenster Fenster n
    suitcase suitcases Koffer Koffer m
    box boxes Kiste Kisten f`,
  edible: `
    apple apples Apfel Äpfel m
    egg eggs Ei Eier n
    pear pears Birne Birnen f
    cake cakes Kuchen Kuchen m`,
  wearable: `
    hat hats Hut Hüte m
    jacket jackets Jacke Jacken f
    shirt shirts Hemd Hemden n
    coat coats Mantel Mäntel m`,
  vehicle: `
    car cars Auto Autos n
    bicycle bicycles Fahrrad Fahrräder n
    train trains Zug Züge m
    ship ships Schiff Schiffe n`,
  object: `
    house houses Haus Häuser n
    key keys Schlüssel Schlüssel m
    flower flowers Blume Blumen f
    picture pictures Bild Bilder n
    lamp lamps Lampe Lampen f
    table tables Tisch Tische m
    chair chairs Stuhl Stühle m
    cup cups Tasse Tassen f
    tree trees Baum Bäume m
    clock clocks Uhr Uhren f`,
};

const parse = (is: NounClass, line: string): Noun => {
  const [english, englishPlural, german, germanPlural, gender, weak = ''] = line.trim().split(/\s+/) as [
    string,
    string,
    string,
    string,
    Gender,
    string?,
  ];
  return { english, englishPlural, german, germanPlural, gender, is, weak };
};

/** Every noun, those of the smaller lexicon first within each class. */
export const nouns: readonly Noun[] = (Object.keys(table) as NounClass[]).flatMap((is) =>
  table[is]
    .trim()
    .split('\n')
    .map((line) => parse(is, line)),
);

/** How many nouns of each class the first level knows. */
const small: Readonly<Record<NounClass, number>> = {
  person: 10,
  animal: 5,
  readable: 2,
  openable: 3,
  edible: 3,
  wearable: 3,
  vehicle: 2,
  object: 5,
};

/** The nouns of a level by class. */
export const nounsOf = (level: 1 | 2): Readonly<Record<NounClass, readonly Noun[]>> =>
  Object.fromEntries(
    (Object.keys(table) as NounClass[]).map((is) => [
      is,
      nouns.filter((noun) => noun.is === is).slice(0, level === 1 ? small[is] : undefined),
    ]),
  ) as unknown as Record<NounClass, readonly Noun[]>;
