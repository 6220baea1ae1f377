import { AnyformerError } from '@anyformer/engine';
import type { RunConfig } from '../config/schema.js';
import { resolveTransformer } from '../transformer/config.js';

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const shown = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

/** Paths at which two values differ, with both. */
const differences = (stored: unknown, given: unknown, path: string): string[] => {
  if (isObject(stored) && isObject(given))
    return [...new Set([...Object.keys(stored), ...Object.keys(given)])].flatMap((key) =>
      differences(stored[key], given[key], path ? `${path}.${key}` : key),
    );
  return Object.is(stored, given) ? [] : [`${path}: ${shown(stored)} then, ${shown(given)} now`];
};

/** What makes a run what it is, with everything in its place: a preset is what it stands for. */
const recipeOf = ({ seed, modalities, tasks, model, train }: RunConfig): unknown => {
  const { steps: _steps, evaluate: _evaluate, best: _best, patience: _patience, ...recipe } = train;
  const { preset: _preset, recompute: _recompute, ...transformer } = resolveTransformer(model);
  return { seed, modalities, tasks, model: transformer, train: recipe };
};

/**
 * Refuses to go on with another model, other data or another recipe; both configs filled in. Steps, engine, evaluation, checkpoints and
 * what is recomputed may change.
 */
export const requireSameRun = (stored: RunConfig, given: RunConfig, directory: string): void => {
  const found = differences(recipeOf(stored), recipeOf(given), '');
  if (found.length === 0) return;
  throw new AnyformerError({
    code: 'run/changed',
    who: `Resuming ${directory}`,
    given: `another config: ${found.slice(0, 8).join('; ')}${found.length > 8 ? '; …' : ''}`,
    accepted: 'the config the run was started with; steps, engine, evaluation, checkpoints and model.recompute may change',
    fix: 'Put these values back, or start a new run.',
    exit: 2,
  });
};
