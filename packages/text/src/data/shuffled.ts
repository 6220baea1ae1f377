import { type Random, shuffle } from '@anyformer/core';

/**
 * A stream in another order, with no more than `size` items held: each that comes takes the place of one that goes. The order depends on
 * the stream and the random numbers alone, so what is skipped and read again comes in the same order.
 */
export async function* shuffled<T>(items: AsyncIterable<T>, size: number, random: Random): AsyncGenerator<T> {
  const held: T[] = [];
  for await (const item of items) {
    if (held.length < size) {
      held.push(item);
      continue;
    }
    const place = random.integer(size);
    const leaving = held[place]!;
    held[place] = item;
    yield leaving;
  }
  yield* shuffle(held, random);
}
