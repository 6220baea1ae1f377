import { stat } from 'node:fs/promises';
import path from 'node:path';
import { AnyformerError } from '@anyformer/engine';
import { z } from 'zod';
import type { ParameterValues } from '../parameters/store.js';
import type { UnreadValues } from '../parameters/unread-values.js';
import type { Snapshot, TrainingState } from '../train/state.js';
import { type Content, type Files, jsonOf, type NewFiles, readFolderBut } from './folder.js';
import { safetensorsPieces } from './safetensors.js';
import { SafetensorsFile } from './safetensors-file.js';

/** Files of a codec by modality id and file name. */
export type CodecFiles = Readonly<Record<string, Readonly<Record<string, string | Uint8Array>>>>;

/** A checkpoint as read. Its tensors stay on the disk: each is read when it is asked for, until `close`. */
export interface Checkpoint {
  readonly folder: string;
  /** The resolved config of the run that wrote it. */
  readonly config: unknown;
  readonly weights: ReadonlyMap<string, ParameterValues>;
  /** Moments and other slots, and raw weights; none in a model folder. */
  readonly optimizer?: ReadonlyMap<string, ParameterValues> | undefined;
  /** Files of each modality's codec, by modality id. */
  readonly codecs: Readonly<Record<string, Readonly<Record<string, Uint8Array>>>>;
  /** Every other file. */
  readonly files: Files;
  /** Closes the files of the tensors; again is fine. */
  close(): Promise<void>;
}

const bytesOf = (content: string | Uint8Array): Uint8Array => (typeof content === 'string' ? new TextEncoder().encode(content) : content);
const json = (value: unknown): Uint8Array => bytesOf(`${JSON.stringify(value, null, 2)}\n`);

const weightsName = 'model.safetensors';
const optimizerName = 'optimizer.safetensors';
const stateName = 'state.json';
/** Name of the file that says which files belong to which modality. */
const codecIndex = 'codecs.json';
const rawPrefix = 'raw:';

const indexShape = z.record(z.string(), z.record(z.string(), z.string()));
const count = z.int().min(0);
const stateShape = z.object({
  seed: count,
  step: count,
  cursors: z.record(z.string(), z.object({ epoch: count, index: count, batch: count })),
  best: z.object({ metric: z.string(), value: z.number(), step: count }).optional(),
  sinceBest: count,
  updates: z.record(z.string(), count),
});

/**
 * The files of a checkpoint; tensors are read one at a time while they are written. One modality with files: they lie in the folder itself,
 * where other programs look for a `tokenizer.json`; several: in a sub-folder for each id.
 */
export const checkpointFiles = (config: unknown, codecs: CodecFiles, { state, weights, raw, slots }: Snapshot<UnreadValues>): NewFiles => {
  const files = new Map<string, Content>();
  const holding = Object.entries(codecs).filter(([, held]) => Object.keys(held).length > 0);
  const index: Record<string, Record<string, string>> = {};
  for (const [id, held] of holding) {
    index[id] = {};
    for (const [name, content] of Object.entries(held)) {
      const file = holding.length === 1 ? name : `${id}/${name}`;
      index[id][name] = file;
      files.set(file, bytesOf(content));
    }
  }
  files.set(weightsName, safetensorsPieces(weights));
  files.set('config.json', json(config));
  files.set(codecIndex, json(index));
  const memory = new Map(slots);
  for (const [name, values] of raw ?? []) memory.set(rawPrefix + name, values);
  files.set(optimizerName, safetensorsPieces(memory));
  files.set(stateName, json(state));
  return files;
};

const missing = (folder: string, name: string): AnyformerError =>
  new AnyformerError({
    code: 'checkpoint/missing-file',
    who: folder,
    given: `no ${name}`,
    accepted: 'a run, a checkpoint or a model folder with config.json and model.safetensors',
    fix: 'Check the path.',
    exit: 2,
  });

/** Reads a checkpoint or model folder; everything in it is checked. The caller closes it. */
export const readCheckpoint = async (folder: string): Promise<Checkpoint> => {
  // Before everything in it is read: it may be any folder.
  for (const name of ['config.json', weightsName])
    if (!(await stat(path.join(folder, name)).catch(() => undefined))) throw missing(folder, name);
  const { files, left } = await readFolderBut((name) => name === weightsName || name === optimizerName, folder);
  const need = (name: string): Uint8Array => {
    const bytes = files.get(name);
    if (bytes === undefined) throw missing(folder, name);
    return bytes;
  };
  const config = jsonOf(path.join(folder, 'config.json'), need('config.json'), z.record(z.string(), z.unknown()));
  const index = jsonOf(path.join(folder, codecIndex), files.get(codecIndex) ?? bytesOf('{}'), indexShape);
  const codecs = Object.fromEntries(
    Object.entries(index).map(([id, names]) => [id, Object.fromEntries(Object.entries(names).map(([name, file]) => [name, need(file)]))]),
  );
  const opened: SafetensorsFile[] = [];
  const close = async (): Promise<void> => {
    for (const file of opened) await file.close();
  };
  const tensors = async (name: string): Promise<SafetensorsFile['tensors']> => {
    const file = await SafetensorsFile.open(path.join(folder, name));
    opened.push(file);
    return file.tensors;
  };
  try {
    if (!left.has(weightsName)) throw missing(folder, weightsName);
    const weights = await tensors(weightsName);
    const optimizer = files.has(stateName) && left.has(optimizerName) ? await tensors(optimizerName) : undefined;
    return { folder, config, weights, optimizer, codecs, files, close };
  } catch (error) {
    await close();
    throw error;
  }
};

/** What training needs to go on from a checkpoint. */
export const snapshotOf = ({ folder, files, weights, optimizer }: Checkpoint): Snapshot => {
  const need = <T>(name: string, held: T | undefined): T => {
    if (held !== undefined) return held;
    throw new AnyformerError({
      code: 'checkpoint/no-state',
      who: folder,
      given: `no ${name}`,
      accepted: 'a checkpoint of a training run',
      fix: 'A model folder can be used, not trained on; start a new run.',
      exit: 2,
    });
  };
  const state = jsonOf<TrainingState>(path.join(folder, stateName), need(stateName, files.get(stateName)), stateShape);
  const slots = new Map<string, ParameterValues>();
  const raw = new Map<string, ParameterValues>();
  for (const [name, values] of need(optimizerName, optimizer))
    if (name.startsWith(rawPrefix)) raw.set(name.slice(rawPrefix.length), values);
    else slots.set(name, values);
  return { state, weights, slots, ...(raw.size > 0 && { raw }) };
};
