import { AnyformerError, nearest } from '@anyformer/engine';
import { parseConfig } from '../config/issues.js';
import type { RunConfig } from '../config/schema.js';
import { apiVersion, type ModalityKind, type Plugin, type TaskKind } from '../contract/plugin.js';

interface Entry<T> {
  readonly value: T;
  readonly plugin: string;
}

const collect = <T extends { readonly kind: string }>(
  what: string,
  plugins: readonly Plugin[],
  of: (plugin: Plugin) => readonly T[],
): Map<string, Entry<T>> => {
  const kinds = new Map<string, Entry<T>>();
  for (const plugin of plugins)
    for (const value of of(plugin)) {
      const known = kinds.get(value.kind);
      if (known)
        throw new AnyformerError({
          code: 'plugin/duplicate-kind',
          who: `Plug-in '${plugin.name}'`,
          given: `the ${what} kind '${value.kind}', which '${known.plugin}' brings too`,
          accepted: 'a kind of its own',
          fix: 'Rename one of them, or leave one plug-in out.',
          exit: 2,
        });
      kinds.set(value.kind, { value, plugin: plugin.name });
    }
  return kinds;
};

/** The kinds of modalities and tasks that some plug-ins bring. */
export class Registry {
  readonly #modalities: Map<string, Entry<ModalityKind>>;
  readonly #tasks: Map<string, Entry<TaskKind>>;

  constructor(plugins: readonly Plugin[]) {
    for (const plugin of plugins)
      if (plugin.apiVersion !== apiVersion)
        throw new AnyformerError({
          code: 'plugin/api-version',
          who: `Plug-in '${plugin.name}'`,
          given: `written for version ${plugin.apiVersion} of the plug-in contract`,
          accepted: `version ${apiVersion}`,
          fix: plugin.apiVersion > apiVersion ? 'Install a newer anyformer.' : 'Install a newer version of the plug-in.',
          exit: 2,
        });
    this.#modalities = collect('modality', plugins, (plugin) => plugin.modalities ?? []);
    this.#tasks = collect('task', plugins, (plugin) => plugin.tasks ?? []);
  }

  /** A kind of modality by its name. */
  modality(kind: string, id: string): ModalityKind {
    return this.#find(this.#modalities, 'modality', kind, id);
  }

  /** A kind of task by its name. */
  task(kind: string, id: string): TaskKind {
    return this.#find(this.#tasks, 'task', kind, id);
  }

  /** A config with the options of every kind checked, and filled in with the kinds' defaults. */
  filledIn(config: RunConfig): RunConfig {
    const tasks = Object.entries(config.tasks).map(([id, { kind, share, ...given }]) => {
      const parsed = parseConfig<object>(this.task(kind, id).options, given, { base: ['tasks', id] });
      return [id, { kind, share, ...parsed }] as const;
    });
    const modalities = Object.entries(config.modalities).map(([id, { kind, ...given }]) => {
      const parsed = parseConfig<object>(this.modality(kind, id).options, given, { base: ['modalities', id] });
      return [id, { kind, ...parsed }] as const;
    });
    return { ...config, tasks: Object.fromEntries(tasks), modalities: Object.fromEntries(modalities) };
  }

  #find<T>(kinds: ReadonlyMap<string, Entry<T>>, what: string, kind: string, id: string): T {
    const found = kinds.get(kind);
    if (found) return found.value;
    const near = nearest(kind, kinds.keys());
    throw new AnyformerError({
      code: 'plugin/unknown-kind',
      who: `The ${what} '${id}'`,
      given: `the kind '${kind}'`,
      accepted: [...kinds.keys()].sort().join(', ') || 'none: no plug-in brings one',
      fix: near ? `Did you mean '${near}'?` : 'Name the plug-in that brings it under plugins.',
      exit: 2,
    });
  }
}
