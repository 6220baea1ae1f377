import { readFileSync } from 'node:fs';
import { embedding, linear, tf, useEngine } from '@anyformer/engine';
import { testWithShared } from '@anyformer/oracles';
import test from 'ava';
import type { Backbone } from '../contract/backbone.js';
import { inference, type Sequence } from '../contract/sequence.js';
import { type Recorded, recording } from '../inspect/recorder.js';
import { ParameterStore } from '../parameters/store.js';
import { type Family, families, fill, fixture, nano, readFixture, type Stored } from './families.test-support.js';
import { difference } from './sequences.test-support.js';
import { transformer } from './transformer.js';

test.before(async () => {
  await useEngine();
});

const build = (family: Family, stored: ReadonlyMap<string, Stored>): { readonly store: ParameterStore; readonly backbone: Backbone } => {
  const store = new ParameterStore({ width: family.config.width!, seed: 1 });
  const backbone = transformer(family.config)(store.scope('backbone'));
  fill(store, family, stored);
  return { store, backbone };
};

const tensorOf = ({ shape, values }: Stored): tf.Tensor =>
  tf.tensor(values, [...shape], values instanceof Int32Array ? 'int32' : 'float32');

const sequenceOf = (
  family: Family,
  weights: ReadonlyMap<string, Stored>,
  ids: Stored,
  mask?: Stored,
  places?: Stored,
  kinds?: Stored,
): Sequence => {
  const [b, l] = ids.shape as [number, number];
  const words = embedding(tensorOf(weights.get(family.table)!), tensorOf(ids));
  const typed = family.kinds && embedding(tensorOf(weights.get(family.kinds)!), kinds ? tensorOf(kinds) : tf.zeros([b, l], 'int32'));
  return {
    embeddings: (typed ? tf.add(words, typed) : words) as tf.Tensor3D,
    mask: (mask ? tf.cast(tensorOf(mask), 'bool') : tf.ones([b, l], 'bool')) as tf.Tensor2D,
    positions: places
      ? tf.tensor3d(Float32Array.from(places.values), [b, l, 1])
      : tf.tensor3d(
          Float32Array.from({ length: l }, (_, i) => i),
          [1, l, 1],
        ),
  };
};

const logitsOf = (family: Family, weights: ReadonlyMap<string, Stored>, hidden: tf.Tensor): tf.Tensor => {
  const scaled = family.outputScale === undefined ? hidden : tf.mul(hidden, family.outputScale);
  const bias = family.outputBias === undefined ? undefined : (tf.reshape(tensorOf(weights.get(family.outputBias)!), [-1]) as tf.Tensor1D);
  return linear(scaled, tensorOf(weights.get(family.output ?? family.table)!), { transposed: true, bias });
};

/** Their name of an output to our path. */
const paths = (name: string, only: 'encoder' | 'decoder' | undefined): string | undefined => {
  const side = /^(encoder|decoder)\./.exec(name)?.[1] ?? only;
  const own = side === 'encoder' ? 'attention' : 'self-attention';
  const rest = name.replace(/^(encoder|decoder)\./, '');
  if (rest === 'embeddings' || rest === 'norm') return `${side}/${rest}`;
  if (/^layer\.\d+$/.test(rest)) return `${side}/block${rest.slice(6)}`;
  if (name === 'attentions.0') return `${only}/block0/${own}`;
  if (name === 'encoder_attentions.0') return 'encoder/block0/attention';
  if (name === 'decoder_attentions.0') return 'decoder/block0/self-attention';
  if (name === 'cross_attentions.0') return 'decoder/block0/cross-attention';
  if (name === 'layer.0.attention' && only === 'decoder') return 'decoder/block0/self-attention/output';
  return name === 'logits' ? 'logits' : undefined;
};

/** Largest difference over the rows of real positions; attention is [b, h, l, s], all else [b, l, …]. */
const gap = (own: Recorded, given: Stored, mask: Stored | undefined): number => {
  const heads = own.shape.length === 4 ? own.shape[1]! : 1;
  const l = own.shape.at(-2)!;
  const [width, kept] = [own.shape.at(-1)!, given.shape.at(-1)!];
  let worst = 0;
  for (let row = 0; row < own.values.length / width; row++) {
    const position = row % l;
    const example = Math.floor(row / (l * heads));
    if (mask !== undefined && mask.values[example * l + position] === 0) continue;
    worst = Math.max(
      worst,
      difference(own.values.subarray(row * width, row * width + kept), given.values.subarray(row * kept, (row + 1) * kept)),
    );
  }
  return worst;
};

for (const [folder, family] of Object.entries(families))
  testWithShared(
    test.serial,
    `these parts make ${folder}: what transformers 5.23 computes, within 1e-4`,
    fixture(folder),
    async (t, ...files) => {
      const { weights, values, expected } = readFixture(files);
      const { cases } = expected;
      const { store, backbone } = build(family, weights);
      const only = backbone.decoder === undefined ? 'encoder' : backbone.encoder === undefined ? 'decoder' : undefined;
      let compared = 0;
      for (const [name, given] of Object.entries<any>(cases)) {
        const input = (key: string): Stored | undefined => given.inputs[key] && values.get(given.inputs[key].tensor);
        const ids = input('input_ids')!;
        const mask = input('attention_mask');
        const seen = recording();
        const pass = { ...inference, record: seen.record };
        let targetMask = only === 'decoder' ? mask : input('decoder_attention_mask');
        tf.tidy(() => {
          const source = sequenceOf(family, weights, ids, mask, input('position_ids'), input('token_type_ids'));
          const memory = backbone.encoder?.(source, pass);
          if (backbone.decoder === undefined) return;
          let target = source;
          if (only === undefined) {
            const labels = input('labels');
            targetMask ??= labels && { ...labels, values: labels.values.map((id) => (id < 0 ? 0 : 1)) };
            target = sequenceOf(family, weights, input('decoder_input_ids') ?? shifted(labels!, folder), input('decoder_attention_mask'));
          }
          const hidden = backbone.decoder.forward(target, pass, memory);
          seen.record('logits', () => logitsOf(family, weights, hidden));
        });
        const recorded = await seen.values();
        for (const [output, { tensor }] of Object.entries<any>(given.outputs)) {
          const path = paths(output, only);
          const own = path === undefined ? undefined : recorded.get(path);
          if (own === undefined) continue;
          const worst = gap(own, values.get(tensor)!, path!.startsWith('encoder') ? mask : targetMask);
          compared += 1;
          t.true(worst < 1e-4, `${name} ${output}: ${worst}`);
        }
        seen.dispose();
      }
      t.true(compared >= 5, `${compared} outputs compared`);
      store.dispose();
    },
  );

/** Decoder inputs from labels: the start id, then all but the last, ignored ones as padding. */
const shifted = ({ shape, values }: Stored, folder: string): Stored => {
  const { start, padding } = {
    t5: { start: 0, padding: 0 },
    't5-gated-gelu': { start: 0, padding: 0 },
    bart: { start: 2, padding: 1 },
    marian: { start: 443, padding: 443 },
  }[folder]!;
  const l = shape[1]!;
  const ids = Int32Array.from(values, (_, i) => (i % l === 0 ? start : values[i - 1]! < 0 ? padding : values[i - 1]!));
  return { shape, values: ids };
};

const sorting = ['model', 't0-partials'].map((part) => `data/weights/gpt-nano-sort/gpt-nano-sort-${part}.json`);
testWithShared(test.serial, 'gpt-nano sorts: every intermediate within 1e-5', sorting, async (t, model = '', intermediates = '') => {
  const read = (file: string): Map<string, Stored> =>
    new Map(
      Object.entries<any>(JSON.parse(readFileSync(file, 'utf8')))
        .filter(([, value]) => typeof value?.data === 'string')
        .map(([name, { shape, data }]) => [name, { shape, values: new Float32Array(Uint8Array.from(Buffer.from(data, 'base64')).buffer) }]),
    );
  const weights = read(model);
  const partials = read(intermediates);
  const { store, backbone } = build(nano, weights);
  const ids = { ...partials.get('idx')!, values: Int32Array.from(partials.get('idx')!.values) };
  const seen = recording();
  tf.tidy(() => {
    const hidden = backbone.decoder!.forward(sequenceOf(nano, weights, ids), { ...inference, record: seen.record });
    seen.record('logits', () => logitsOf(nano, weights, hidden));
    seen.record('probabilities', () => tf.softmax(logitsOf(nano, weights, hidden)));
  });
  const recorded = await seen.values();
  const block = 'decoder/block0';
  const own = `${block}/self-attention`;
  const names: Readonly<Record<string, string>> = {
    x: 'decoder/embeddings',
    ln1: `${own}-norm`,
    attSm: own,
    y: `${own}/mixed`,
    yProj: `${own}/output`,
    attnResid: `${block}/feed-forward-norm/input`,
    fc: `${block}/feed-forward/in`,
    mlp: `${block}/feed-forward`,
    ln2: `${block}/feed-forward-norm`,
    gelu: `${block}/feed-forward/between`,
    mlpResid: block,
    block0: 'decoder/block0',
    block1: 'decoder/block1',
    block2: 'decoder/block2',
    ln_f: 'decoder/norm',
    lm_head: 'logits',
    probs: 'probabilities',
  };
  for (const [theirs, ours] of Object.entries(names)) {
    const worst = difference(recorded.get(ours)!.values, partials.get(theirs)!.values);
    t.true(worst < 1e-5, `${theirs}: ${worst}`);
  }
  // [b, h, l, d] there, [b, l, h * d] here
  for (const [theirs, ours] of Object.entries({ q: `${own}/query`, k: `${own}/key`, v: `${own}/value` })) {
    const given = partials.get(theirs)!.values;
    const turned = recorded.get(ours)!.values.map((_, i) => {
      const [column, row] = [i % 48, Math.floor(i / 48)];
      const [head, d, l, b] = [Math.floor(column / 16), column % 16, row % 11, Math.floor(row / 11)];
      return given[((b * 3 + head) * 11 + l) * 16 + d]!;
    });
    t.true(difference(recorded.get(ours)!.values, turned) < 1e-5, theirs);
  }
  // logits before the mask, which the file has as minus infinity
  const [query, key] = [recorded.get(`${own}/query`)!.values, recorded.get(`${own}/key`)!.values];
  partials.get('att')!.values.forEach((given, i) => {
    const [s, l, h, b] = [i % 11, Math.floor(i / 11) % 11, Math.floor(i / 121) % 3, Math.floor(i / 363)];
    if (s > l) return;
    let sum = 0;
    for (let d = 0; d < 16; d++) sum += query[(b * 11 + l) * 48 + h * 16 + d]! * key[(b * 11 + s) * 48 + h * 16 + d]!;
    t.true(Math.abs(sum / 4 - given) < 1e-5, `att ${i}`);
  });
  seen.dispose();
  store.dispose();
});
