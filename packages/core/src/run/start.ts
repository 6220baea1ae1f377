import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { AnyformerError, useEngine } from '@anyformer/engine';
import { Observable } from 'rxjs';
import { z } from 'zod';
import { type Checkpoint, checkpointFiles, readCheckpoint, snapshotOf } from '../checkpoint/checkpoint.js';
import { jsonOf, makeFolder, sweep, writeFileWhole } from '../checkpoint/folder.js';
import { CheckpointStore } from '../checkpoint/store.js';
import { parseConfig } from '../config/issues.js';
import { type RunConfig, runConfig } from '../config/schema.js';
import type { Plugin } from '../contract/plugin.js';
import { optimizerFromConfig } from '../optimize/config.js';
import { schedule } from '../optimize/schedule.js';
import { requireExamples } from '../train/evaluate.js';
import type { TrainEvent } from '../train/events.js';
import { Trainer } from '../train/trainer.js';
import { type Assembly, assembleRun } from './assembly.js';
import { collectGarbage } from './collect-garbage.js';
import { requireSameRun } from './compare.js';
import { engineChoice } from './engine-choice.js';
import { environment, MetricsFile } from './record.js';
import { Registry } from './registry.js';

/** A run to start, or to take up again. */
export interface StartRunOptions {
  /** Parsed, or as somebody would write it. */
  readonly config: unknown;
  /** The run's folder, such as `runs/mine`. */
  readonly directory: string;
  readonly plugins: readonly Plugin[];
  /** Folder from which the config's relative paths start; the working folder unless said. */
  readonly base?: string | undefined;
  /** Go on from the last checkpoint. Without one the run starts from the beginning. */
  readonly resume?: boolean | undefined;
  /** Where to stop, instead of the config's `train.steps`. Moves no schedule. */
  readonly steps?: number | undefined;
  readonly seed?: number | undefined;
  readonly engine?: string | undefined;
  readonly threads?: number | undefined;
  /** Ends the run well: the step is finished and saved. */
  readonly signal?: AbortSignal | undefined;
  /** Told about what takes a while, and about what failed without stopping the run. */
  note?(line: string): void;
  /** Called with the model once it is built, before the first step. */
  ready?(assembly: Assembly): void;
}

const exists = async (file: string): Promise<boolean> => (await stat(file).catch(() => undefined)) !== undefined;

/** The config that a run was started with: that of its checkpoint, which is held against its manifest, else the run's own. */
const storedConfig = async (directory: string, checkpoint: Checkpoint | undefined): Promise<RunConfig | undefined> => {
  const file = path.join(checkpoint?.folder ?? directory, 'config.json');
  if (checkpoint) return parseConfig<RunConfig>(runConfig, checkpoint.config, { file });
  return (await exists(file)) ? parseConfig<RunConfig>(runConfig, jsonOf(file, await readFile(file), z.unknown()), { file }) : undefined;
};

/** The config to run with: the stored one where a run is taken up again. */
const configOf = async (
  { config: given, directory, plugins, resume, seed, steps }: StartRunOptions,
  last: Checkpoint | undefined,
): Promise<RunConfig> => {
  const parsed = parseConfig<RunConfig>(runConfig, given);
  if (steps !== undefined && !(Number.isInteger(steps) && steps > 0))
    throw new AnyformerError({ code: 'run/steps', who: '--steps', given: String(steps), accepted: 'a whole number above 0', exit: 2 });
  if (directory.trim() === '')
    throw new AnyformerError({
      code: 'run/directory',
      who: 'A run',
      given: 'no name for its folder',
      accepted: 'such as runs/mine',
      exit: 2,
    });
  const chosen = { ...parsed, ...(seed !== undefined && { seed }), train: { ...parsed.train, steps: steps ?? parsed.train.steps } };
  if (!resume) {
    const held = await readdir(directory).catch(({ code }: NodeJS.ErrnoException) => (code === 'ENOTDIR' ? undefined : []));
    if (held?.length === 0) return chosen;
    throw new AnyformerError({
      code: 'run/exists',
      who: directory,
      given: held ? 'a folder that is not empty' : 'a file',
      accepted: 'a new folder',
      fix: 'Go on with --resume, choose another --run, or remove the folder.',
      exit: 2,
    });
  }
  const stored = await storedConfig(directory, last);
  if (stored === undefined) return chosen;
  const registry = new Registry(plugins);
  const now = registry.filledIn(seed === undefined ? { ...chosen, seed: stored.seed } : chosen);
  requireSameRun(registry.filledIn(stored), now, directory);
  const { directory: folder, model, train, checkpoint, engine } = chosen;
  // Everything may have been moved since: paths start where the config lies now.
  const { directory: _, ...kept } = stored;
  return {
    ...kept,
    ...(folder !== undefined && { directory: folder }),
    checkpoint,
    engine,
    model: { ...stored.model, recompute: model.recompute },
    train: { ...stored.train, steps: train.steps, evaluate: train.evaluate, best: train.best, patience: train.patience },
  };
};

async function* events(options: StartRunOptions): AsyncGenerator<TrainEvent> {
  const checkpoints = path.join(options.directory, 'checkpoints');
  const last = options.resume ? await new CheckpointStore(checkpoints, 1).latest() : undefined;
  const checkpoint = last === undefined ? undefined : await readCheckpoint(last);
  try {
    yield* trained(options, checkpoints, checkpoint);
  } finally {
    await checkpoint?.close();
  }
}

async function* trained(options: StartRunOptions, checkpoints: string, checkpoint: Checkpoint | undefined): AsyncGenerator<TrainEvent> {
  const { directory, plugins, signal, note = () => undefined } = options;
  const config = await configOf(options, checkpoint);
  const engine = await useEngine(engineChoice(options, config));
  if (engine.passedOver) note(engine.passedOver);
  const store = new CheckpointStore(checkpoints, config.checkpoint.keep);
  const assembly = await assembleRun({ config, plugins, directory: options.base ?? process.cwd(), codecs: checkpoint?.codecs, note });
  const resolved = assembly.config;
  const optimizer = optimizerFromConfig(resolved.train.optimizer);
  let metrics: MetricsFile | undefined;
  let trainer: Trainer | undefined;
  try {
    const snapshot = checkpoint && snapshotOf(checkpoint);
    const codecs = Object.fromEntries([...assembly.modalities].map(([id, { codec }]) => [id, codec.files()]));
    const { train } = resolved;
    trainer = new Trainer({
      ...train,
      model: assembly.model,
      mixture: assembly.mixture,
      seed: resolved.seed,
      optimizer,
      schedule: schedule(train.schedule),
      average: train.average?.decay,
      evaluate: train.evaluate,
      checkpoint: {
        every: resolved.checkpoint.every,
        save: (made, best) => store.save(made.state.step, checkpointFiles(resolved, codecs, made), best),
      },
      resume: snapshot,
      signal,
    });
    // Everything has been read, and a file that is open keeps its place on the disk.
    await checkpoint?.close();
    if (train.evaluate) for (const { task } of assembly.mixture) await requireExamples(task, train.evaluate.split);
    // Only now is anything written: a config that cannot train leaves no folder behind.
    await makeFolder(directory);
    await sweep(directory);
    await store.open();
    await writeFileWhole(path.join(directory, 'config.json'), `${JSON.stringify(resolved, null, 2)}\n`);
    await writeFileWhole(path.join(directory, 'environment.json'), `${JSON.stringify(environment(engine), null, 2)}\n`);
    metrics = await MetricsFile.open(directory, snapshot?.state.step ?? -1, note);
    options.ready?.(assembly);
    let results: unknown;
    collectGarbage();
    for await (const event of trainer.run()) {
      metrics.write(event);
      if (event.type === 'eval') results = event.results;
      if (event.type === 'end') {
        const { type: _, ...end } = event;
        await writeFileWhole(path.join(directory, 'summary.json'), `${JSON.stringify({ ...end, results, engine }, null, 2)}\n`);
      }
      yield event;
    }
  } finally {
    metrics?.close();
    trainer?.dispose();
    optimizer.dispose();
    assembly.model.dispose();
  }
}

/**
 * A config, made a run: a folder with the resolved config, events, checkpoints and a summary. Cold: it starts when it is subscribed to,
 * and unsubscribing stops it after the step at hand. Refuses to overwrite a run (`run/exists`).
 */
export const startRun = (options: StartRunOptions): Observable<TrainEvent> =>
  new Observable((subscriber) => {
    let closed = false;
    const follow = async (): Promise<void> => {
      try {
        for await (const event of events(options)) {
          if (closed) break;
          subscriber.next(event);
        }
        subscriber.complete();
      } catch (error) {
        subscriber.error(error);
      }
    };
    void follow();
    return () => {
      closed = true;
    };
  });
