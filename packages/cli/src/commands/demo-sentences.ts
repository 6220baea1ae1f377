import type { Colors } from '../terminal/colors.js';

/** A translation as evaluations hand it over. */
export interface Sample {
  readonly raw: { readonly source: string; readonly about?: { readonly pronoun?: unknown } };
  readonly hypothesis: unknown;
  readonly expected: unknown;
}

/** Places of a few sentences to watch: one whose pronoun has to be resolved where there is one, and the longest of the others that fit a line. */
export const watched = (samples: readonly Sample[], count: number): number[] => {
  const places = [...samples.keys()].filter((i) => samples[i]!.raw.source.length <= 70);
  const pronoun = places.find((i) => samples[i]!.raw.about?.pronoun !== undefined);
  const others = places
    .filter((i) => i !== pronoun)
    .sort((a, b) => samples[b]!.raw.source.length - samples[a]!.raw.source.length)
    .slice(0, count - (pronoun === undefined ? 0 : 1));
  return [...(pronoun === undefined ? [] : [pronoun]), ...others].sort((a, b) => a - b);
};

/** Young models repeat themselves without end. */
const cut = (text: string): string => (text.length <= 100 ? text : `${text.slice(0, 99)}…`);

/** A translation with the words that belong there in green, and a tick where it is right to the letter. */
export const marked = ({ hypothesis, expected }: Pick<Sample, 'hypothesis' | 'expected'>, { green, dim }: Colors): string => {
  const text = cut(String(hypothesis ?? ''));
  if (text === String(expected)) return `${green(text)} ${green('✓')}`;
  const left = String(expected).split(' ');
  return text
    .split(' ')
    .map((word) => {
      const place = left.indexOf(word);
      if (place < 0) return dim(word);
      left.splice(place, 1);
      return green(word);
    })
    .join(' ');
};
