import { Bench } from '../bench.js';
import { type Check, distance } from '../check.js';

const restore: Check = {
  name: 'save and restore',
  async run(bench) {
    const files = Object.fromEntries(
      Object.entries(bench.modality.codec.files()).map(([name, held]) => [
        name,
        typeof held === 'string' ? new TextEncoder().encode(held) : held,
      ]),
    );
    const again = await Bench.of(bench.subject, files);
    try {
      if (again.own.join() !== bench.own.join())
        throw new Error(
          `${bench.name}: restored from its files it has the parameters ${again.own.join(', ')}; before: ${bench.own.join(', ')}`,
        );
      // The values move to the restored one: if anything but parameters and files matters, the results differ.
      again.store.load(await bench.store.values(), { strict: true });
      const before = await bench.hidden(bench.examples);
      const after = await again.hidden(again.examples);
      const moved = Math.max(
        ...before.map((row, i) => (row.length === after[i]!.length ? distance(row, after[i]!) : Number.POSITIVE_INFINITY)),
      );
      if (moved !== 0)
        throw new Error(`${bench.name}: restored from its files and parameters it gives another result (off by ${moved.toExponential(1)})`);
    } finally {
      again.dispose();
    }
  },
};

/** What a checkpoint must bring back. */
export const stateChecks: readonly Check[] = [restore];
