import module from 'node:module';

let registered = false;

/**
 * From here on this process imports TypeScript files as they are, and finds this project's packages from anywhere. The modules run in the
 * main thread and are node's own: one instance each, shared with everybody else.
 */
export const importTypescript = (): void => {
  if (!registered) module.register('./typescript-hooks.js', import.meta.url);
  registered = true;
};
