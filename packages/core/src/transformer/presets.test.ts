import { useEngine } from '@anyformer/engine';
import test from 'ava';
import { ParameterStore } from '../parameters/store.js';
import { resolveTransformer, transformerConfig } from './config.js';
import { type PresetName, presetNames, presets } from './presets.js';
import { transformer, transformerFromConfig } from './transformer.js';

test.before(async () => {
  await useEngine();
});

/** Numbers of a preset's parameters, without making them: by the same factories, but with one block a side. */
const count = (preset: PresetName): number => {
  const { layers = 0, width } = presets[preset];
  const of = (depth: number): number => {
    const store = new ParameterStore({ width: width!, seed: 1 });
    transformer({ preset, layers: depth })(store.scope('backbone'));
    const { size } = store;
    store.dispose();
    return size;
  };
  const [one, two] = [of(1), of(2)];
  return one + (layers - 1) * (two - one);
};

test.serial('the paper’s models have the paper’s size (Vaswani et al. 2017, table 3)', (t) => {
  // one shared table of 37,000 embeddings; biases on every projection
  const base = count('transformer-base') + 37_000 * 512;
  t.is(base, 63_082_496);
  t.true(Math.abs(base / 65e6 - 1) < 0.03, 'the paper says 65 million');
  const big = count('transformer-big') + 37_000 * 1024;
  t.is(big, 214_245_376);
  t.true(Math.abs(big / 213e6 - 1) < 0.006, 'the paper says 213 million');
});

test.serial('the smaller presets have theirs', (t) => {
  t.is(count('transformer-iwslt'), 31_543_296);
  // with a shared table of 4,000 embeddings 4.98 million
  t.is(count('small'), 3_954_688);
  t.is(count('tiny'), 233_728);
});

test('the presets are those of the paper', (t) => {
  const base = resolveTransformer({ preset: 'transformer-base' });
  t.like(base, {
    width: 512,
    heads: 8,
    headWidth: 64,
    feedForward: 2048,
    encoder: { layers: 6 },
    decoder: { layers: 6 },
    normPlacement: 'post',
    finalNorm: false,
    norm: 'layer',
    activation: 'relu',
    positions: 'sinusoidal',
    dropout: 0.1,
    embeddingScale: true,
  });
  t.like(resolveTransformer({ preset: 'transformer-big' }), { width: 1024, heads: 16, headWidth: 64, feedForward: 4096, dropout: 0.3 });
  for (const preset of presetNames) t.true(transformerConfig.safeParse({ preset }).success, preset);
});

test('keys override a preset one by one; a side may say its own depth or be left out', (t) => {
  const full = resolveTransformer({ preset: 'tiny', width: 32, layers: 3, decoder: { layers: 1 }, norm: 'rms', heads: undefined });
  t.like(full, { width: 32, heads: 4, feedForward: 256, encoder: { layers: 3 }, decoder: { layers: 1 }, norm: 'rms', normEpsilon: 1e-6 });
  t.like(resolveTransformer({ preset: 'tiny', decoder: false }), { decoder: { layers: 0 }, encoder: { layers: 2 } });
  const { width, backbone } = transformerFromConfig({ preset: 'tiny', decoder: false });
  const store = new ParameterStore({ width, seed: 1 });
  const built = backbone(store.scope('backbone'));
  t.truthy(built.encoder);
  t.is(built.decoder, undefined);
  t.true([...store.all.keys()].every((path) => path.startsWith('backbone/encoder/')));
  store.dispose();
});

test('what a config gets wrong has a path', (t) => {
  const issues = (config: unknown) => {
    const parsed = transformerConfig.safeParse(config);
    return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  };
  t.deepEqual(issues({ preset: 'tiny', heads: 5 }), ['heads: 5 heads do not divide the width 64; accepted: a divisor, or a headWidth']);
  t.deepEqual(issues({ preset: 'tiny', keyValueHeads: 3 }), ['keyValueHeads: 3 does not divide the 4 heads; accepted: a divisor']);
  t.regex(issues({ preset: 'tiny', widht: 5 })[0]!, /widht/);
  t.regex(issues({ preset: 'tiny', dropout: 1 })[0]!, /^dropout: /);
  t.regex(issues({ preset: 'tiny', positions: { kind: 'learned' } })[0]!, /^positions/);
  t.deepEqual(
    issues({ preset: 'tiny', positions: { kind: 'rotary', base: 1e6 }, activation: 'swiglu', biases: { attention: { key: false } } }),
    [],
  );
});
