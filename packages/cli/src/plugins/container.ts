import 'reflect-metadata';
import type { Bind, Command, ModalityKind, Plugin, TaskKind } from '@anyformer/core';
import { Container, ContainerModule, type ServiceIdentifier } from 'inversify';

const token = <T>(name: string): ServiceIdentifier<T> => Symbol.for(`anyformer/${name}`);

/** Every kind of modality; a plug-in's `bind` may add to it. */
export const MODALITY_KIND = token<ModalityKind>('ModalityKind');
/** Every kind of task. */
export const TASK_KIND = token<TaskKind>('TaskKind');
/** Every command. */
export const COMMAND = token<Command>('Command');

const moduleOf = (plugin: Plugin): ContainerModule =>
  new ContainerModule(({ bind }) => {
    for (const kind of plugin.modalities ?? []) bind(MODALITY_KIND).toConstantValue(kind);
    for (const kind of plugin.tasks ?? []) bind(TASK_KIND).toConstantValue(kind);
    for (const command of plugin.commands ?? []) bind(COMMAND).toConstantValue(command);
  });

/** The plug-ins of one call, in a container. What they bind themselves counts as theirs. */
export class Plugins {
  readonly container = new Container({ defaultScope: 'Singleton' });
  readonly #held: Plugin[] = [];
  readonly #seen = new Set<Plugin>();

  /** Adds a plug-in; the same one again changes nothing. */
  async add(plugin: Plugin): Promise<void> {
    if (this.#seen.has(plugin)) return;
    this.#seen.add(plugin);
    const before = this.#counts();
    await this.container.load(moduleOf(plugin), ...(plugin.bind ? [new ContainerModule(plugin.bind as Bind)] : []));
    this.#held.push({
      ...plugin,
      modalities: this.#all(MODALITY_KIND).slice(before.modalities),
      tasks: this.#all(TASK_KIND).slice(before.tasks),
      commands: this.#all(COMMAND).slice(before.commands),
    });
  }

  /** The plug-ins with all their kinds and commands, in the order in which they were added. */
  list(): readonly Plugin[] {
    return this.#held;
  }

  #all<T>(id: ServiceIdentifier<T>): T[] {
    return this.container.isBound(id) ? this.container.getAll(id) : [];
  }

  #counts(): { modalities: number; tasks: number; commands: number } {
    return { modalities: this.#all(MODALITY_KIND).length, tasks: this.#all(TASK_KIND).length, commands: this.#all(COMMAND).length };
  }
}
