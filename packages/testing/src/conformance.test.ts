import { initializers, type Modality, tf } from '@anyformer/core';
import { useEngine } from '@anyformer/engine';
import test from 'ava';
import { conformance } from './conformance.js';
import { symbols } from './symbols.js';

test.before(() => useEngine());

type Symbols = ReturnType<typeof symbols>;
const samples = [
  [3, 4, 5],
  [3, 4, 1, 2, 0],
  [6, 2, 3, 4, 5, 1],
];
const made = (): Symbols => symbols({ id: 'symbols', count: 8 });
const faultsOf = (change: (modality: Symbols) => Partial<Symbols>) =>
  conformance({
    make: () => {
      const modality = made();
      return { ...modality, ...change(modality) } as Modality;
    },
    samples,
  });

test.serial('the symbols modality conforms', async (t) => {
  t.deepEqual(await conformance({ make: made, samples }), []);
});

const planted: readonly [fault: string, change: (modality: Symbols) => Partial<Symbols>, check: string, message: RegExp][] = [
  [
    'embeddings of another width',
    (m) => ({
      embedder: (scope) => {
        const embed = m.embedder(scope);
        return (batch, pass) => ({ ...embed(batch, pass), embeddings: tf.zeros([3, 7, 15]) });
      },
    }),
    'shapes',
    /made embeddings \[3, 7, 15\]; accepted: .*16/,
  ],
  [
    'a mask that ignores padding',
    (m) => ({
      embedder: (scope) => {
        const embed = m.embedder(scope);
        return (batch, pass) => {
          const sequence = embed(batch, pass);
          return { ...sequence, mask: tf.onesLike(sequence.mask) as tf.Tensor2D };
        };
      },
    }),
    'padding invariance',
    /is the mask right/,
  ],
  ['positions that are not counted', (m) => ({ positions: (example) => m.positions(example) + 1 }), 'shapes', /positions\(\) says 5/],
  [
    'a parameter that is never used',
    (m) => ({
      embedder: (scope) => {
        scope.parameter('unused', [4], initializers.zeros());
        return m.embedder(scope);
      },
    }),
    'gradients',
    /no gradient reaches modality\/symbols\/unused/,
  ],
  [
    'a tensor kept',
    (m) => ({
      embedder: (scope) => {
        const embed = m.embedder(scope);
        return (batch, pass) => {
          tf.keep(tf.zeros([1]));
          return embed(batch, pass);
        };
      },
    }),
    'no growth',
    /2 tensors are left after two passes/,
  ],
  [
    'a codec that changes its mind',
    (m) => {
      let calls = 0;
      return { codec: { ...m.codec, encode: (raw) => m.codec.encode(raw.map((symbol) => (symbol + calls++) % 8)) } };
    },
    'determinism',
    /codecs must be pure/,
  ],
  [
    'state that no file holds',
    (m) => {
      const secret = Math.cos(secrets++);
      return {
        embedder: (scope) => {
          const embed = m.embedder(scope);
          return (batch, pass) => {
            const sequence = embed(batch, pass);
            return { ...sequence, embeddings: tf.mul(sequence.embeddings, secret) as tf.Tensor3D };
          };
        },
      };
    },
    'save and restore',
    /restored from its files and parameters it gives another result/,
  ],
  [
    'targets that are not shifted',
    (m) => ({ shift: (examples) => ({ ...m.shift(examples), previous: m.collate(examples) }) }),
    'shifted targets',
    /lets a position see its own target/,
  ],
  ['an end that is never written', (m) => ({ generation: { ...m.generation, endId: 5 } }), 'shifted targets', /up to the end id 5/],
  [
    'steps that forget where they are',
    (m) => ({
      embedder: (scope) => {
        const embed = m.embedder(scope);
        return (batch, pass) => {
          const sequence = embed(batch, pass);
          return {
            ...sequence,
            embeddings: tf.add(sequence.embeddings, tf.expandDims(tf.range(0, sequence.embeddings.shape[1]), 1)) as tf.Tensor3D,
          };
        };
      },
    }),
    'steps',
    /step\(\) at position 1 differs/,
  ],
  ['rendering that loses a symbol', (m) => ({ render: (ids) => m.render(ids).slice(1) }), 'render', /sample 0 comes back as \[4,5\]/],
];
let secrets = 1;

for (const [fault, change, check, message] of planted)
  test.serial(`finds ${fault}`, async (t) => {
    const faults = await faultsOf(change);
    const found = faults.find((one) => one.check === check);
    t.truthy(found, `found only ${JSON.stringify(faults)}`);
    t.regex(found!.message, message);
  });
