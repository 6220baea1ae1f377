import { type ParseArgsConfig, parseArgs } from 'node:util';
import { AnyformerError } from '@anyformer/engine';

/** How one benchmark reads what it is given; each complaint is a `bench/usage` that names it. */
export const commandLine = (name: string) => {
  const refuse = (given: string, accepted: string, fix?: string): never => {
    throw new AnyformerError({ code: 'bench/usage', who: `bench ${name}`, given, accepted, ...(fix && { fix }), exit: 2 });
  };
  return {
    refuse,
    /** Options and positional arguments. */
    parsed<const C extends ParseArgsConfig>(config: C): ReturnType<typeof parseArgs<C>> {
      try {
        return parseArgs(config);
      } catch (error) {
        return refuse((error as Error).message, 'see --help');
      }
    },
    whole(option: string, given: string, least = 1): number {
      const value = Number(given);
      return Number.isSafeInteger(value) && value >= least ? value : refuse(`--${option} ${given}`, `a whole number from ${least}`);
    },
    positive(option: string, given: string): number {
      const value = Number(given);
      return value > 0 && Number.isFinite(value) ? value : refuse(`--${option} ${given}`, 'a number above 0');
    },
  };
};
