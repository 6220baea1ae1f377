import { AnyformerError } from '@anyformer/engine';
import type { RunConfig } from '../config/schema.js';

/** Paths at which two values differ, with both. What the second leaves out, defaults have filled in: it is no difference. */
const differences = (stored: unknown, given: unknown, path: string): string[] => {
  if (typeof stored === 'object' && stored !== null && typeof given === 'object' && given !== null)
    return Object.keys(given).flatMap((key) =>
      differences((stored as Record<string, unknown>)[key], (given as Record<string, unknown>)[key], path ? `${path}.${key}` : key),
    );
  return Object.is(stored, given) ? [] : [`${path}: ${JSON.stringify(stored)} then, ${JSON.stringify(given)} now`];
};

/** Refuses to go on with another model, other data or another recipe. Steps, engine, evaluation and checkpoints may change. */
export const requireSameRun = (stored: RunConfig, given: RunConfig, directory: string): void => {
  const relevant = ({ seed, modalities, tasks, model, train }: RunConfig): unknown => {
    const { steps: _steps, evaluate: _evaluate, best: _best, patience: _patience, ...recipe } = train;
    return { seed, modalities, tasks, model, train: recipe };
  };
  const found = differences(relevant(stored), relevant(given), '');
  if (found.length === 0) return;
  throw new AnyformerError({
    code: 'run/changed',
    who: `Resuming ${directory}`,
    given: `another config: ${found.slice(0, 8).join('; ')}${found.length > 8 ? '; …' : ''}`,
    accepted: 'the config the run was started with; steps, engine, evaluation and checkpoints may change',
    fix: 'Put these values back, or start a new run.',
    exit: 2,
  });
};
