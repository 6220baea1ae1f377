import v8 from 'node:v8';
import vm from 'node:vm';

let collect: (() => void) | undefined;

/**
 * Has V8 give back what is no longer used, now, which takes time by what is used: too much to do it often. By itself it does so when it
 * finds the time, and what reading data left behind may then lie beside all of the training.
 */
export const collectGarbage = (): void => {
  if (!collect) {
    v8.setFlagsFromString('--expose-gc');
    collect = vm.runInNewContext('gc') as () => void;
  }
  collect();
};
