import path from 'node:path';
import { AnyformerError, nearest } from '@anyformer/engine';
import type { RunConfig } from '../config/schema.js';
import type { DataSource } from '../contract/data.js';
import type { Modality } from '../contract/modality.js';
import type { Plugin, TaskKind } from '../contract/plugin.js';
import type { Task } from '../contract/task.js';
import { Model } from '../model/model.js';
import { seedOf } from '../random/seed.js';
import type { Share } from '../train/mixture.js';
import { transformerFromConfig } from '../transformer/transformer.js';
import { Registry } from './registry.js';

/** A config made concrete. */
export interface Assembly {
  /** With the options of every kind filled in. */
  readonly config: RunConfig;
  readonly modalities: ReadonlyMap<string, Modality>;
  readonly mixture: readonly Share[];
  readonly model: Model;
}

/** What {@link assembleRun} takes. */
export interface AssembleOptions {
  readonly config: RunConfig;
  readonly plugins: readonly Plugin[];
  /** Folder from which relative paths start, a relative `directory` of the config too. */
  readonly directory: string;
  /** Files of a checkpoint, by modality id: codecs are restored from them instead of trained. */
  readonly codecs?: Readonly<Record<string, Readonly<Record<string, Uint8Array>>>> | undefined;
  /** Called before something that may take a while. */
  note?(line: string): void;
}

interface Wanted {
  readonly id: string;
  readonly kind: TaskKind;
  readonly options: unknown;
  readonly data: DataSource<unknown>;
  readonly share: number;
}

/** Which modality ids a task names, each known. */
const requireKnown = (config: RunConfig, id: string, used: readonly string[]): void => {
  const known = Object.keys(config.modalities);
  for (const one of used) {
    if (known.includes(one)) continue;
    const near = nearest(one, known);
    throw new AnyformerError({
      code: 'config/unknown-modality',
      who: `The task '${id}'`,
      given: `the modality '${one}'`,
      accepted: known.join(', ') || 'none: the config has no modalities',
      fix: near ? `Did you mean '${near}'?` : 'Add it under modalities.',
      exit: 2,
    });
  }
};

/** What is wrong with a codec, with the modality it is of. What its training data are blamed for stays as it is. */
const blaming = (who: string, error: unknown): unknown =>
  error instanceof AnyformerError && error.code.startsWith('codec/')
    ? new AnyformerError({ code: error.code, who, given: error.message, exit: error.exit, cause: error })
    : error;

/** Builds modalities, tasks and model from a config. The caller disposes the model. Choose the engine before. */
export const assembleRun = async (options: AssembleOptions): Promise<Assembly> => {
  const { plugins, codecs } = options;
  const registry = new Registry(plugins);
  const config = registry.filledIn(options.config);
  const directory = path.resolve(options.directory, config.directory ?? '');
  if (Object.keys(config.tasks).length === 0)
    throw new AnyformerError({
      code: 'config/no-task',
      who: 'The config',
      given: 'no task',
      accepted: 'at least one under tasks',
      exit: 2,
    });
  const wanted: Wanted[] = [];
  for (const [id, { kind: name, share, ...parsed }] of Object.entries(config.tasks)) {
    const kind = registry.task(name, id);
    requireKnown(config, id, kind.uses(parsed));
    const data = await kind.data(parsed, { id, seed: seedOf(config.seed, 'data', id), directory });
    wanted.push({ id, kind, options: parsed, data, share });
  }
  const modalities = new Map<string, Modality>();
  for (const [id, { kind: name, ...parsed }] of Object.entries(config.modalities)) {
    const kind = registry.modality(name, id);
    const files = codecs?.[id];
    if (!files) options.note?.(`preparing '${id}'`);
    const create = async (): Promise<Modality> =>
      kind.create(parsed, {
        id,
        seed: seedOf(config.seed, 'modality', id),
        directory,
        ...((files || codecs) && { files: files ?? {} }),
        samples: () => samplesOf(id, wanted),
      });
    const modality = await create().catch((error: unknown) => {
      throw blaming(`The modality '${id}'`, error);
    });
    modalities.set(id, modality);
  }
  const mixture: Share[] = [];
  for (const { id, kind, options: parsed, data, share } of wanted) {
    const task: Task = await kind.create(parsed, {
      id,
      seed: seedOf(config.seed, 'task', id),
      directory,
      data,
      modality: (name) => modalities.get(name)!,
      note: (line) => options.note?.(line),
    });
    mixture.push({ task, share });
  }
  const { backbone, width } = transformerFromConfig(config.model);
  const model = new Model({ tasks: mixture.map(({ task }) => task), backbone, width, seed: config.seed });
  return { config: { ...config, directory }, modalities, mixture, model };
};

/** What a codec is trained on: the modality's part of the training data of every task that uses it. */
async function* samplesOf(id: string, tasks: readonly Wanted[]): AsyncGenerator<unknown> {
  for (const { kind, options, data } of tasks) {
    if (!kind.uses(options).includes(id)) continue;
    for await (const raw of data.examples('train', { epoch: 0, index: 0, seed: 0 }))
      for (const [modality, part] of kind.parts(raw, options)) if (modality === id) yield part;
  }
}
