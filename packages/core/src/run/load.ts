import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { AnyformerError, currentEngine, useEngine } from '@anyformer/engine';
import { type Checkpoint, readCheckpoint } from '../checkpoint/checkpoint.js';
import { CheckpointStore } from '../checkpoint/store.js';
import { parseConfig } from '../config/issues.js';
import { type RunConfig, runConfig } from '../config/schema.js';
import type { Split } from '../contract/data.js';
import type { Plugin } from '../contract/plugin.js';
import { type Evaluation, evaluate } from '../train/evaluate.js';
import { type Assembly, assembleRun } from './assembly.js';
import { engineChoice } from './engine-choice.js';

/** A trained model with everything around it. */
export interface LoadedModel extends Assembly {
  /** The checkpoint or model folder it came from. */
  readonly folder: string;
  dispose(): void;
}

/** What {@link loadModel} takes. */
export interface LoadOptions {
  readonly plugins: readonly Plugin[];
  readonly engine?: string | undefined;
  readonly threads?: number | undefined;
  /** Told, in one line, why a better engine was passed over. */
  readonly note?: ((line: string) => void) | undefined;
  /**
   * Replaces the stored config's data and decoding settings, such as for another test set; the model must be the same. Relative paths start
   * at its `directory`, else at the working folder.
   */
  readonly config?: RunConfig | undefined;
}

const isFolder = async (folder: string): Promise<boolean> => (await stat(folder).catch(() => undefined))?.isDirectory() ?? false;

/** The checkpoint that `latest` or `best` of a run names, where such a file is given. */
const pointed = async (given: string): Promise<string | undefined> => {
  if (!/^(latest|best)$/.test(path.basename(given))) return undefined;
  const name = await readFile(given, 'utf8').catch(() => undefined);
  return name === undefined ? undefined : path.join(path.dirname(given), path.basename(name.trim()));
};

/** The folder to read for a run, a checkpoint, a pointer to one, or a model folder. */
export const modelFolder = async (asked: string): Promise<string> => {
  const given = (await pointed(asked)) ?? asked;
  if (!(await isFolder(given)))
    throw new AnyformerError({
      code: 'model/not-found',
      who: given,
      given: 'no such folder',
      accepted: 'a run, a checkpoint or a model folder',
      fix: 'Check the path; runs are under runs/.',
      exit: 2,
    });
  const checkpoints = path.join(given, 'checkpoints');
  if (!(await isFolder(checkpoints))) return given;
  const folder = await new CheckpointStore(checkpoints, 1).best();
  if (folder !== undefined) return folder;
  throw new AnyformerError({
    code: 'model/no-checkpoint',
    who: given,
    given: 'a run without a whole checkpoint',
    accepted: 'a run that has saved at least once',
    fix: 'Train on with --resume.',
    exit: 2,
  });
};

/**
 * Loads a model from a run (its best, else its last checkpoint), a checkpoint, `checkpoints/latest` or `best`, or a model folder. Chooses an engine if none is in use.
 * Every file is checked; the caller disposes the model.
 */
export const loadModel = async (given: string, options: LoadOptions): Promise<LoadedModel> => {
  const folder = await modelFolder(given);
  const checkpoint = await readCheckpoint(folder);
  try {
    return await loadCheckpoint(checkpoint, options);
  } finally {
    await checkpoint.close();
  }
};

const loadCheckpoint = async (
  checkpoint: Checkpoint,
  { plugins, engine, threads, note, config: replaced }: LoadOptions,
): Promise<LoadedModel> => {
  const { folder } = checkpoint;
  // Not as the stored config has it: it may come from another machine.
  await ensureEngine({ engine, threads, note, config: replaced });
  const stored = parseConfig<RunConfig>(runConfig, checkpoint.config, { file: path.join(folder, 'config.json') });
  const config = replaced ? { ...replaced, model: stored.model, modalities: stored.modalities } : stored;
  const assembly = await assembleRun({ config, plugins, directory: replaced ? process.cwd() : folder, codecs: checkpoint.codecs });
  try {
    assembly.model.parameters.load(checkpoint.weights, { strict: true });
  } catch (error) {
    assembly.model.dispose();
    throw error;
  }
  return { ...assembly, folder, dispose: () => assembly.model.dispose() };
};

/** The engine in use stays where nothing else is asked for. */
const ensureEngine = async ({ engine, threads, note, config }: Omit<LoadOptions, 'plugins'>): Promise<void> => {
  if (engine === undefined && threads === undefined && config === undefined) {
    try {
      currentEngine();
      return;
    } catch {
      // none in use yet
    }
  }
  const { passedOver } = await useEngine(engineChoice({ engine, threads }, config));
  if (passedOver) note?.(passedOver);
};

/** Every task's metrics on a split. */
export const evaluateModel = async (
  { mixture, model }: Assembly,
  options: {
    readonly split: Split;
    readonly signal?: AbortSignal;
    onProgress?(task: string, done: number, total: number | undefined): void;
  },
): Promise<Record<string, Evaluation>> => {
  const results: Record<string, Evaluation> = {};
  for (const { task } of mixture)
    results[task.id] = await evaluate(task, model.task(task.id), {
      split: options.split,
      signal: options.signal,
      samples: 8,
      onProgress: (done, total) => options.onProgress?.(task.id, done, total),
    });
  return results;
};
