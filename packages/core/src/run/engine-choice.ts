import type { UseEngineOptions } from '@anyformer/engine';
import type { RunConfig } from '../config/schema.js';

/** What is asked for on the spot, else in the environment, else in the config; undefined where nobody says: then the best that loads. */
export const engineChoice = ({ engine, threads }: UseEngineOptions, config: RunConfig | undefined): UseEngineOptions => {
  const said = <T>(value: T | 'auto' | undefined): T | undefined => (value === 'auto' ? undefined : value);
  return {
    engine: engine ?? (process.env.ANYFORMER_ENGINE || said(config?.engine.name)),
    threads: threads ?? said(config?.engine.threads),
  };
};
