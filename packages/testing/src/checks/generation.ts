import { isDeepStrictEqual } from 'node:util';
import { type GenerativeModality, isGenerative, tf } from '@anyformer/core';
import type { Bench } from '../bench.js';
import { type Check, distance } from '../check.js';

/** What each position of each example should write, without what does not count. */
const written = async (modality: GenerativeModality, examples: readonly unknown[]): Promise<number[][]> => {
  const { next } = tf.tidy(() => ({ next: modality.shift(examples).next }));
  const [b, t] = next.shape;
  const ids = await next.data();
  next.dispose();
  return Array.from({ length: b }, (_, row) => [...ids.subarray(row * t, (row + 1) * t)].filter((id) => id >= 0));
};

const generative = (name: string, run: (bench: Bench, modality: GenerativeModality) => Promise<void>): Check => ({
  name,
  run: async (bench) => {
    if (isGenerative(bench.modality)) await run(bench, bench.modality);
  },
});

const shifted = generative('shifted targets', async (bench, modality) => {
  const examples = bench.examples;
  const rows = await written(modality, examples);
  const { endId, size } = modality.generation;
  rows.forEach((row, i) => {
    if (row.at(-1) !== endId)
      throw new Error(`${bench.name}: sample ${i} must be written up to the end id ${endId}; shift() gave ${row.join(' ')}`);
    const outside = row.find((id) => id >= size);
    if (outside !== undefined) throw new Error(`${bench.name}: shift() asks for id ${outside}; accepted: 0 … ${size - 1}`);
  });
  const { values, length } = await bench.embeddings(() => modality.shift(examples).previous);
  const width = bench.width;
  for (let one = 0; one < rows.length; one++)
    for (let other = 0; other < one; other++) {
      const parting = rows[one]!.findIndex((id, t) => id !== rows[other]![t]);
      if (parting < 0) continue;
      // Up to and with the first position that writes something else, both have read the same.
      const row = (i: number): Float32Array => values.subarray(i * length * width, (i * length + parting + 1) * width);
      if (distance(row(one), row(other)) !== 0)
        throw new Error(
          `${bench.name}: samples ${other} and ${one} first differ in what position ${parting} writes, but already in what it reads: shift() lets a position see its own target`,
        );
    }
});

const stepwise = generative('steps', async (bench, modality) => {
  const [example] = bench.examples.slice(-1);
  const [row] = await written(modality, [example]);
  const whole = await bench.embeddings(() => modality.shift([example]).previous);
  const read = [modality.generation.startId, ...row!.slice(0, -1)];
  for (const [offset, id] of read.entries()) {
    const { values } = await bench.embeddings(() => modality.step(Int32Array.of(id)), { training: false, seed: 0, offset });
    const off = distance(values, whole.values.subarray(offset * bench.width, (offset + 1) * bench.width));
    if (off > 1e-6) throw new Error(`${bench.name}: step() at position ${offset} differs from shift() by ${off.toExponential(1)}`);
  }
});

const rendering = generative('render', async (bench, modality) => {
  for (const [i, sample] of bench.subject.samples.entries()) {
    const [row] = await written(modality, [modality.codec.encode(sample)]);
    const rendered = modality.render(row!.slice(0, -1));
    if (!isDeepStrictEqual(rendered, sample))
      throw new Error(`${bench.name}: sample ${i} comes back as ${JSON.stringify(rendered)}; given: ${JSON.stringify(sample)}`);
  }
});

/** What a modality that a decoder writes must keep. */
export const generationChecks: readonly Check[] = [shifted, stepwise, rendering];
