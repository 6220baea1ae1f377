import { attempts, isTypescript, javascriptOf } from './typescript-source.js';

interface Context {
  readonly parentURL?: string | undefined;
}
interface Resolved {
  readonly url: string;
}
interface Loaded {
  readonly format: string;
  readonly source?: string;
  readonly shortCircuit?: boolean;
}

/** Module hooks, run by node beside the main thread: plug-ins in TypeScript, and one copy of this project. */
export const resolve = async <C extends Context>(
  specifier: string,
  context: C,
  next: (specifier: string, context: C) => Promise<Resolved>,
): Promise<Resolved> => {
  let failure: unknown;
  for (const attempt of attempts(specifier, context.parentURL)) {
    try {
      return await next(attempt.specifier, { ...context, parentURL: attempt.parent });
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
};

/** Hands TypeScript to node as JavaScript. */
export const load = async <C extends Context>(
  url: string,
  context: C,
  next: (url: string, context: C) => Promise<Loaded>,
): Promise<Loaded> => (isTypescript(url) ? { format: 'module', source: javascriptOf(url), shortCircuit: true } : next(url, context));
