/** Items that are worked on together, and the place of the first of them in the stream. */
export interface Window<T> {
  readonly items: readonly T[];
  readonly first: number;
}

const paused = Symbol('paused');

/**
 * Cuts a stream into windows of `size` items. With `patience` (in milliseconds) a window also ends when the stream makes a pause that
 * long: whoever types lines gets answers before the input ends. Without it the windows depend on the items alone. What came before a failure
 * of the stream comes before the error.
 */
export async function* windows<T>(items: AsyncIterable<T>, size: number, patience?: number): AsyncGenerator<Window<T>> {
  const iterator = items[Symbol.asyncIterator]();
  let held: T[] = [];
  let first = 0;
  const take = (): Window<T> => {
    const window = { items: held, first };
    first += held.length;
    held = [];
    return window;
  };
  try {
    let coming = iterator.next();
    for (;;) {
      let timer: NodeJS.Timeout | undefined;
      const pause =
        patience === undefined || held.length === 0
          ? []
          : [
              new Promise<typeof paused>((resolve) => {
                timer = setTimeout(resolve, patience, paused);
              }),
            ];
      const result = await Promise.race([coming, ...pause]).catch((error: unknown) => ({ error }));
      clearTimeout(timer);
      if (result === paused) {
        yield take();
        continue;
      }
      if ('error' in result) {
        if (held.length > 0) yield take();
        throw result.error;
      }
      if (result.done) break;
      held.push(result.value);
      coming = iterator.next();
      if (held.length === size) yield take();
    }
    if (held.length > 0) yield take();
  } finally {
    await iterator.return?.();
  }
}
