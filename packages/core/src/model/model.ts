import { AnyformerError } from '@anyformer/engine';
import type { Backbone } from '../contract/backbone.js';
import type { Embedder, GenerativeModality, Modality, Unembedder } from '../contract/modality.js';
import type { Scope } from '../contract/scope.js';
import type { Parts, Task, TaskModel } from '../contract/task.js';
import { ParameterStore } from '../parameters/store.js';
import { checkSequence } from './check-sequence.js';

/** What a {@link Model} is made of. */
export interface ModelOptions {
  readonly tasks: readonly Task[];
  /** Makes the shared body, such as `transformer({ preset: 'tiny' })`. */
  readonly backbone: (scope: Scope) => Backbone;
  /** Model width `w`. */
  readonly width: number;
  /** Seed of the parameters. */
  readonly seed: number;
}

const duplicate = (what: string, id: string, fix: string): AnyformerError =>
  new AnyformerError({
    code: 'model/duplicate-id',
    who: 'Model',
    given: `two ${what} with the id '${id}'`,
    accepted: 'an id of its own for each',
    fix,
    exit: 2,
  });

/** Ids are parts of parameter paths. */
const requireId = (what: string, id: string): void => {
  if (/^[^\s/*?]+$/.test(id)) return;
  throw new AnyformerError({
    code: 'model/id',
    who: 'Model',
    given: `the ${what} id '${id}'`,
    accepted: 'a name without spaces, slashes and wildcards',
    exit: 2,
  });
};

/** Tasks on one backbone. Parameters `backbone/…`, `modality/<id>/…`, `task/<id>/…`; a modality that several tasks name is one. */
export class Model {
  readonly tasks: readonly Task[];
  readonly backbone: Backbone;
  readonly parameters: ParameterStore;
  readonly #models = new Map<string, TaskModel>();
  readonly #modalities = new Map<string, Modality>();
  readonly #embedders = new Map<string, Embedder>();
  readonly #unembedders = new Map<string, Unembedder>();

  constructor({ tasks, backbone, width, seed }: ModelOptions) {
    this.tasks = tasks;
    for (const task of tasks) {
      requireId('task', task.id);
      for (const modality of task.modalities) this.#register(modality);
    }
    const twice = tasks.find(({ id }, i) => tasks.findIndex((task) => task.id === id) !== i);
    if (twice !== undefined) throw duplicate('tasks', twice.id, 'Rename one of them.');
    this.parameters = new ParameterStore({ width, seed });
    try {
      this.backbone = backbone(this.parameters.scope('backbone'));
      for (const task of tasks) this.#models.set(task.id, task.build(this.#parts(task)));
    } catch (error) {
      this.parameters.dispose();
      throw error;
    }
  }

  #register(modality: Modality): void {
    requireId('modality', modality.id);
    const known = this.#modalities.get(modality.id);
    if (known !== undefined && known !== modality)
      throw duplicate('different modalities', modality.id, 'Rename one, or hand the same modality to both tasks.');
    this.#modalities.set(modality.id, modality);
  }

  #scope(modality: Modality): Scope {
    return this.parameters.scope(`modality/${modality.id}`);
  }

  #parts(task: Task): Parts {
    return {
      backbone: this.backbone,
      scope: this.parameters.scope(`task/${task.id}`),
      embedder: (modality) => this.embedder(modality),
      unembedder: (modality) => this.unembedder(modality),
    };
  }

  /** The modality's embedder, made at the first call; what it makes is checked. */
  embedder(modality: Modality): Embedder {
    this.#register(modality);
    const known = this.#embedders.get(modality.id);
    if (known !== undefined) return known;
    const embed = modality.embedder(this.#scope(modality));
    const made: Embedder = (batch, pass) => checkSequence(embed(batch, pass), this.parameters.width, `${modality.id}.embedder`);
    this.#embedders.set(modality.id, made);
    return made;
  }

  /** The modality's unembedder, made at the first call. */
  unembedder(modality: GenerativeModality): Unembedder {
    this.#register(modality);
    const made = this.#unembedders.get(modality.id) ?? modality.unembedder(this.#scope(modality));
    this.#unembedders.set(modality.id, made);
    return made;
  }

  /** Every modality by its id. */
  get modalities(): ReadonlyMap<string, Modality> {
    return this.#modalities;
  }

  /** A task's loss and observations. */
  task(id: string): TaskModel {
    const found = this.#models.get(id);
    if (found !== undefined) return found;
    throw new AnyformerError({
      code: 'model/unknown-task',
      who: 'Model',
      given: `no task '${id}'`,
      accepted: this.tasks.map((task) => task.id).join(', '),
      exit: 2,
    });
  }

  /** Frees every parameter. */
  dispose(): void {
    this.parameters.dispose();
  }
}
