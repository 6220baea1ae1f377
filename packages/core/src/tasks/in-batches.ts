/** How much is worked on at once. */
export interface BatchLimits<T> {
  /** Items are taken in the order of their size, so that those in a batch are alike. */
  size(item: T): number;
  /** Most items of a batch. */
  readonly count: number;
  /** Most that the items of a batch may cost together, each as much as the costliest of them; a single item may cost more. */
  readonly cost?: { of(item: T): number; readonly most: number };
}

/** Works through items in batches of similar size, and gives the results in the order of the items. */
export const inBatches = async <T, R>(
  items: readonly T[],
  { size, count, cost }: BatchLimits<T>,
  run: (batch: readonly T[], places: readonly number[]) => Promise<readonly R[]>,
): Promise<R[]> => {
  const order = items.map((item, place) => ({ item, place, size: size(item) })).sort((a, b) => a.size - b.size);
  const results = new Array<R>(items.length);
  let at = 0;
  while (at < order.length) {
    let end = at;
    let costliest = 0;
    while (end < order.length && end - at < count) {
      costliest = Math.max(costliest, cost?.of(order[end]!.item) ?? 0);
      if (end > at && cost && costliest * (end - at + 1) > cost.most) break;
      end++;
    }
    const batch = order.slice(at, end);
    const made = await run(
      batch.map(({ item }) => item),
      batch.map(({ place }) => place),
    );
    batch.forEach(({ place }, i) => {
      results[place] = made[i]!;
    });
    at = end;
  }
  return results;
};
