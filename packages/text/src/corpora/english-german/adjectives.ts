/** One adjective in both languages. */
export interface Adjective {
  readonly english: string;
  readonly comparative: string;
  readonly german: string;
  /** Stem before an ending, where it changes: teuer, ein teures Auto. */
  readonly stem: string;
  readonly germanComparative: string;
  /** What it is said of. */
  readonly of: 'beings' | 'things' | 'both';
  readonly level: 1 | 2;
}

/** `english · comparative · deutsch · Komparativ · of · level [· stem]` */
const table = `
  beautiful · more beautiful · schön · schöner · both · 1
  expensive · more expensive · teuer · teurer · things · 1 · teur
  cheap · cheaper · billig · billiger · things · 2
  friendly · friendlier · freundlich · freundlicher · beings · 1
  clever · cleverer · klug · klüger · beings · 2
  happy · happier · glücklich · glücklicher · beings · 2
  quiet · quieter · ruhig · ruhiger · beings · 2
  tired · more tired · müde · müder · beings · 1 · müd
  strong · stronger · stark · stärker · beings · 1
  big · bigger · groß · größer · both · 1
  small · smaller · klein · kleiner · both · 1
  heavy · heavier · schwer · schwerer · things · 2
  long · longer · lang · länger · things · 2
  old · older · alt · älter · both · 1
  young · younger · jung · jünger · beings · 1
  new · newer · neu · neuer · things · 1
  dark · darker · dunkel · dunkler · things · 2 · dunkl
  blue · bluer · blau · blauer · things · 2
  red · redder · rot · roter · things · 2
  green · greener · grün · grüner · things · 2`;

/** Every adjective, in the order in which several stand before an English noun: opinion, size, age, colour. */
export const adjectives: readonly Adjective[] = table
  .trim()
  .split('\n')
  .map((line) => {
    const [english, comparative, german, germanComparative, of, level, stem] = line.split('·').map((part) => part.trim()) as [
      string,
      string,
      string,
      string,
      Adjective['of'],
      string,
      string?,
    ];
    return { english, comparative, german, germanComparative, of, level: level === '1' ? 1 : 2, stem: stem ?? german };
  });
