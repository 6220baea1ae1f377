import type { z } from 'zod';
import type { Command } from './command.js';
import type { DataSource } from './data.js';
import type { Modality } from './modality.js';
import type { Task } from './task.js';

/** Rises when a plug-in written for an older contract would no longer work. */
export const apiVersion = 1;

const brand = Symbol.for('anyformer.plugin');

/** What making a modality may need. */
export interface ModalityContext {
  readonly id: string;
  readonly seed: number;
  /** Folder of the config file, or the working folder of a config from code: relative paths start there. */
  readonly directory: string;
  /** Files of a checkpoint, where the modality is restored instead of made anew. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** Raw values of this modality from the training split of every task that uses it: what codecs are trained on. */
  samples(): AsyncIterable<unknown>;
}

/** A kind of modality that a config can name. */
export interface ModalityKind<Options = any> {
  readonly kind: string;
  readonly options: z.ZodType<Options>;
  create(options: Options, context: ModalityContext): Modality | Promise<Modality>;
}

/** What making a task may need. */
export interface TaskContext {
  readonly id: string;
  readonly seed: number;
  /** Folder of the config file, or the working folder of a config from code: relative paths start there. */
  readonly directory: string;
  /** Tells the user something about the data, such as what filters left out. */
  note?(line: string): void;
}

/** A kind of task that a config can name. Options name modalities by id and hold what `data` needs. */
export interface TaskKind<Options = any, Raw = any> {
  readonly kind: string;
  readonly options: z.ZodType<Options>;
  /** Ids of the modalities these options name. */
  uses(options: Options): readonly string[];
  data(options: Options, context: TaskContext): DataSource<Raw> | Promise<DataSource<Raw>>;
  /** Which parts of a raw example belong to which modality id. */
  parts(raw: Raw, options: Options): readonly (readonly [modality: string, raw: unknown])[];
  create(options: Options, context: TaskContext & { readonly data: DataSource<Raw>; modality(id: string): Modality }): Task | Promise<Task>;
}

/** A module for the container, for the rare plug-in that needs more than data. Its parameter is inversify's load options. */
export type Bind = (options: any) => void;

/** What a package (or one file) exports by default. Plain data; made by {@link definePlugin}. */
export interface Plugin {
  readonly name: string;
  readonly apiVersion: number;
  readonly modalities?: readonly ModalityKind[];
  readonly tasks?: readonly TaskKind[];
  readonly commands?: readonly Command[];
  readonly bind?: Bind;
}

/** Marks a plug-in so that another copy of this package recognises it. */
export const definePlugin = (plugin: Plugin): Plugin => Object.freeze({ ...plugin, [brand]: true });

/** Whether a module's default export was made by {@link definePlugin}, by whichever copy of it. */
export const isPlugin = (value: unknown): value is Plugin => typeof value === 'object' && value !== null && brand in value;
