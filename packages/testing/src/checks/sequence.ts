import { tf } from '@anyformer/core';
import { type Check, distance } from '../check.js';

const show = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

const shapes: Check = {
  name: 'shapes',
  async run(bench) {
    if (bench.subject.samples.length < 2) throw new Error('give at least two samples, from the shortest to the longest');
    tf.tidy(() => {
      const { embeddings, mask, positions, bias } = bench.sequence(bench.examples);
      const [b, l, w] = embeddings.shape;
      const expect = (held: boolean, what: string, given: string, accepted: string): void => {
        if (!held) throw new Error(`${bench.name}: its embedder made ${what} ${given}; accepted: ${accepted}`);
      };
      expect(
        embeddings.rank === 3 && w === bench.width,
        'embeddings',
        show(embeddings.shape),
        `[b, l, ${bench.width}], the model width last`,
      );
      expect(
        b === bench.subject.samples.length,
        'embeddings',
        show(embeddings.shape),
        `${bench.subject.samples.length} rows, one per example`,
      );
      expect(mask.dtype === 'bool' && show(mask.shape) === show([b, l]), `a ${mask.dtype} mask`, show(mask.shape), `bool ${show([b, l])}`);
      const first = positions.shape[0];
      expect(
        positions.rank === 3 && (first === b || first === 1) && positions.shape[1] === l,
        'positions',
        show(positions.shape),
        `${show([b, l])} and the number of coordinates`,
      );
      if (bias) {
        const [rows, , queries, keys] = bias.shape;
        expect(
          bias.rank === 4 && (rows === b || rows === 1) && queries === l && keys === l,
          'a bias',
          show(bias.shape),
          `[1 | b, 1 | h, ${l}, ${l}]`,
        );
      }
    });
    for (const [i, example] of bench.examples.entries()) {
      const claimed = bench.modality.positions(example);
      const counted = tf.tidy(() => tf.sum(tf.cast(bench.sequence([example]).mask, 'int32')));
      const [real] = await counted.data();
      counted.dispose();
      if (claimed !== real)
        throw new Error(`${bench.name}: positions() says ${claimed} for sample ${i}, but its mask holds ${real} real positions`);
    }
  },
};

const padding: Check = {
  name: 'padding invariance',
  async run(bench) {
    const [alone] = await bench.hidden([bench.examples[0]]);
    const [padded] = await bench.hidden(bench.examples);
    if (alone!.length !== padded!.length)
      throw new Error(
        `${bench.name}: the shortest sample has ${alone!.length / bench.width} real positions alone and ${padded!.length / bench.width} in a batch; is the mask right?`,
      );
    const moved = distance(alone!, padded!);
    if (moved > 1e-4)
      throw new Error(
        `${bench.name}: padding changes the result: the shortest sample moves by ${moved.toExponential(1)} when batched with longer ones; is the mask right?`,
      );
  },
};

const determinism: Check = {
  name: 'determinism',
  async run(bench) {
    const again = [bench.examples, bench.examples].map((examples) => JSON.stringify(examples));
    if (again[0] !== again[1])
      throw new Error(`${bench.name}: its codec gives another example for the same raw value; codecs must be pure`);
    const [first, second] = [await bench.hidden(bench.examples), await bench.hidden(bench.examples)];
    if (first.some((row, i) => distance(row, second[i]!) !== 0))
      throw new Error(`${bench.name}: two evaluation passes over the same batch differ`);
  },
};

/** What the encoder is handed. */
export const sequenceChecks: readonly Check[] = [shapes, padding, determinism];
