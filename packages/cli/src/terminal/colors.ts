import picocolors from 'picocolors';

/** Colours of one stream; without colour each gives its text back. */
export type Colors = ReturnType<typeof picocolors.createColors>;

/** What decides on colours and bars. */
export interface Surroundings {
  readonly isTTY?: boolean | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Whether to colour: NO_COLOR says never, FORCE_COLOR always (0 and false: never), else on a terminal that is not dumb. */
export const wantsColor = ({ isTTY, env }: Surroundings): boolean => {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return isTTY === true && env.TERM !== 'dumb';
};

/** Whether lines may be redrawn in place: on a terminal that is not dumb, outside CI. */
export const wantsBars = ({ isTTY, env }: Surroundings): boolean =>
  isTTY === true && env.TERM !== 'dumb' && (!env.CI || env.CI === 'false' || env.CI === '0');

/** Colours for these surroundings. */
export const colorsOf = (surroundings: Surroundings): Colors => picocolors.createColors(wantsColor(surroundings));
