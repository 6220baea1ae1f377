import { AnyformerError, tensorCount, tf, useEngine } from '@anyformer/engine';
import test from 'ava';
import type { Backbone } from '../contract/backbone.js';
import type { Scope } from '../contract/scope.js';
import { inference } from '../contract/sequence.js';
import { generated } from '../data/generated.js';
import type { DecodeOptions } from '../decode/options.js';
import { Model } from '../model/model.js';
import { digits } from '../model/model.test-support.js';
import type { TransformerConfig } from '../transformer/config.js';
import { transformer } from '../transformer/transformer.js';
import { type GenerationTask, generation } from './generation.js';
import { recurrent, train, writtenDigits } from './generation.test-support.js';
import { exactMatch, perplexity, positionAccuracy } from './generation-metrics.js';
import type { GenerationModel, Hypothesis } from './generation-model.js';

test.before(async () => {
  await useEngine();
});

const width = 32;
const small: TransformerConfig = { width, heads: 2, feedForward: 64, layers: 1 };
const data = generated({
  name: 'digits',
  seed: 1,
  epoch: 100_000,
  draw: (random) => Array.from({ length: 2 + random.integer(4) }, () => random.integer(10)),
});
const take = async (split: string, count: number): Promise<number[][]> => {
  const raws: number[][] = [];
  for await (const raw of data.examples(split, { epoch: 0, index: 0, seed: 1 })) if (raws.push(raw) === count) break;
  return raws;
};

const base = {
  data,
  split: (raw: number[]) => ({ input: raw, output: raw.toReversed() }),
  metrics: () => [exactMatch(), positionAccuracy(), perplexity()],
};
/** Read and written by the same modality, by different ones, and written from nothing. */
const modalities = {
  same: () => {
    const both = writtenDigits('digits');
    return { input: both, output: both };
  },
  different: () => ({ input: digits('read'), output: writtenDigits('written') }),
  none: () => ({ output: writtenDigits('digits') }),
};

const make = (
  kind: keyof typeof modalities,
  backbone: (scope: Scope) => Backbone,
  { seed = 1, ...over }: { seed?: number; labelSmoothing?: number; decode?: DecodeOptions } = {},
): { model: Model; task: GenerationTask<number[]>; writer: GenerationModel<number[]> } => {
  const task = generation({ ...base, id: 'reverse', ...modalities[kind](), ...over });
  const model = new Model({ tasks: [task], backbone, width, seed });
  // a wide table: logits that tell ids apart without any training
  for (const [path, variable] of model.parameters.all)
    if (path.endsWith('/table')) tf.tidy(() => variable.assign(tf.mul(variable, tf.scalar(6))));
  return { model, task, writer: model.task('reverse') as GenerationModel<number[]> };
};

const bodies: [string, keyof typeof modalities, (scope: Scope) => Backbone][] = [
  ['a recurrent network', 'same', recurrent()],
  ['a Transformer', 'same', transformer(small)],
  ['a Transformer between modalities', 'different', transformer({ ...small, positions: 'rotary' })],
  ['a recurrent network without input', 'none', recurrent({ encoder: false })],
  ['a Transformer without input', 'none', transformer({ ...small, encoder: false, positions: { kind: 'learned', length: 64 } })],
];
const searches: DecodeOptions[] = [
  { beam: 1, maxLength: 9 },
  { beam: 4, nBest: 4, maxLength: 9, lengthPenalty: 1 },
  { sample: true, nBest: 3, maxLength: 9, seed: 5 },
];

const close = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((x, i) => Math.abs(x - b[i]!) < 1e-4);
const alike = (a: readonly Hypothesis[], b: readonly Hypothesis[]): boolean =>
  a.length === b.length && a.every((one, i) => one.ids.join() === b[i]!.ids.join() && close(one.steps, b[i]!.steps));

for (const [name, kind, backbone] of bodies) {
  test.serial(`${name} writes what it foretells: step by step and all at once give the same log-probabilities`, async (t) => {
    const { model, writer } = make(kind, backbone);
    const inputs = await take('test', 7);
    const before = tensorCount();
    for (const options of searches) {
      const written = await writer.generate(inputs, options);
      t.is(written.length, inputs.length);
      for (const [i, list] of written.entries()) {
        t.is(list.length, options.nBest ?? 1);
        t.true(list.every(({ score }, at) => at === 0 || score <= list[at - 1]!.score));
        const forced = await writer.score(list.map(({ output }) => ({ input: inputs[i], output })));
        for (const [at, { ids, steps, ended, logProbability, output }] of list.entries()) {
          t.deepEqual(output, ids);
          t.true(close(steps, forced[at]!.steps.slice(0, steps.length)), `${options.beam} ${i} ${at}`);
          if (ended) t.true(Math.abs(logProbability + forced[at]!.nll) < 1e-3);
        }
      }
      t.is(tensorCount(), before);
    }
    model.dispose();
  });

  test.serial(`${name} writes the same alone, in any batch, in any order and as a stream`, async (t) => {
    const { model, writer } = make(kind, backbone);
    const inputs = await take('test', 9);
    const before = tensorCount();
    for (const options of searches) {
      const together = await writer.generate(inputs, options);
      const streamed: Hypothesis[][] = [];
      for await (const list of writer.stream(inputs, options, { batch: 2 })) streamed.push(list);
      t.is(streamed.length, inputs.length);
      const turned = await writer.generate(inputs.toReversed(), options, { names: inputs.map((_, i) => inputs.length - 1 - i), batch: 4 });
      for (const [i, input] of inputs.entries()) {
        const [alone] = await writer.generate([input], options, { names: [i] });
        t.true(alike(alone!, together[i]!) && alike(streamed[i]!, together[i]!) && alike(turned.at(-1 - i)!, together[i]!));
      }
    }
    for await (const _ of writer.stream(inputs, { maxLength: 5 }, { batch: 1 })) break;
    t.is(tensorCount(), before);
    t.deepEqual(await writer.generate([]), []);
    model.dispose();
  });
}

test.serial('a loss is the sum of what was foretold over real positions, whatever the padding', async (t) => {
  const raws = await take('test', 6);
  for (const kind of ['same', 'none'] as const) {
    const backbone = kind === 'none' ? transformer({ ...small, encoder: false }) : transformer(small);
    const { model, task, writer } = make(kind, backbone);
    const loss = (which: number[][]) =>
      tf.tidy(() => {
        const { sum, weight } = writer.loss(task.collate(which.map(task.encode)), inference);
        return [sum.dataSync()[0]!, weight.dataSync()[0]!] as const;
      });
    const [sum, weight] = loss(raws);
    const foretold = await writer.score(raws.map(base.split));
    t.is(
      weight,
      raws.reduce((total, raw) => total + raw.length + 1, 0),
    );
    t.true(Math.abs(sum - foretold.reduce((total, { nll }) => total + nll, 0)) < 1e-2);
    const alone = raws.map((raw) => loss([raw])[0]);
    t.true(Math.abs(sum - alone.reduce((a, b) => a + b, 0)) < 1e-2);
    t.true(foretold.every(({ nll }, i) => Math.abs(nll - alone[i]!) < 1e-3));
    model.dispose();
  }
});

test.serial('a Transformer learns to reverse what it reads, looks where it should, and its metrics say so', async (t) => {
  const { model, task, writer } = make('same', transformer(small), { labelSmoothing: 0.05, decode: { beam: 3 } });
  const raws = await take('train', 400 * 48);
  train(
    model,
    task,
    Array.from({ length: 400 }, (_, i) => raws.slice(48 * i, 48 * i + 48)),
    3e-3,
  );
  const before = tensorCount();
  const tests = await take('test', 100);
  const observations = await writer.observe(tests);
  const [exact, position, surprise] = task.metrics();
  for (const metric of [exact!, position!, surprise!]) observations.forEach((observation) => metric.add(observation));
  t.true(exact!.result() > 0.95, `exact match ${exact!.result()}`);
  t.true(position!.result() > 0.98, `position accuracy ${position!.result()}`);
  t.true(surprise!.result() > 1 && surprise!.result() < 1.3, `perplexity ${surprise!.result()}`);
  t.deepEqual(observations[0]!.raw, tests[0]);
  t.deepEqual(observations[0]!.expected, tests[0]!.toReversed());

  const raw = [3, 1, 4, 1, 5];
  const maps = await writer.attention(base.split(raw));
  t.deepEqual(
    maps.map(({ path }) => path),
    ['encoder/block0/attention', 'decoder/block0/self-attention', 'decoder/block0/cross-attention'],
  );
  const [encoder, own, cross] = maps as [(typeof maps)[0], (typeof maps)[0], (typeof maps)[0]];
  t.deepEqual(encoder.columns, ['3', '1', '4', '1', '5']);
  t.deepEqual(own.columns, ['<s>', '5', '1', '4', '1', '3']);
  t.deepEqual(own.rows, ['5', '1', '4', '1', '3', '</s>']);
  t.deepEqual([cross.rows, cross.columns], [own.rows, encoder.columns]);
  for (const { weights, heads, rows, columns } of maps) {
    t.is(weights.length, heads * rows.length * columns.length);
    for (let row = 0; row < heads * rows.length; row++) {
      const sum = weights.subarray(row * columns.length, (row + 1) * columns.length).reduce((a, b) => a + b, 0);
      t.true(Math.abs(sum - 1) < 1e-5);
    }
  }
  t.is(tensorCount(), before);
  model.dispose();
});

test.serial('several models decide together; one with itself is itself', async (t) => {
  const [one, other] = [make('same', transformer(small)), make('same', recurrent(), { seed: 2 })];
  const inputs = await take('test', 5);
  const before = tensorCount();
  const options = { beam: 3, nBest: 3, maxLength: 7 };
  const alone = await one.writer.generate(inputs, options);
  for (const ensembleMean of ['probabilities', 'log-probabilities'] as const) {
    const twice = await one.writer.generate(inputs, options, { ensemble: [one.writer], ensembleMean });
    t.true(twice.every((list, i) => alike(list, alone[i]!)));
    const both = await one.writer.generate(inputs, options, { ensemble: [other.writer], ensembleMean });
    const turned = await other.writer.generate(inputs, options, { ensemble: [one.writer], ensembleMean });
    t.true(both.every((list, i) => alike(list, turned[i]!)));
    t.true(both.some((list, i) => !alike(list, alone[i]!)));
    for (const [i, list] of both.entries())
      for (const { steps, output } of list) {
        const [[a], [b]] = [
          await one.writer.score([{ input: inputs[i], output }]),
          await other.writer.score([{ input: inputs[i], output }]),
        ];
        const mean = (x: number, y: number): number =>
          ensembleMean === 'probabilities' ? Math.log((Math.exp(x) + Math.exp(y)) / 2) : (x + y) / 2;
        t.true(
          close(
            steps,
            steps.map((_, at) => mean(a!.steps[at]!, b!.steps[at]!)),
          ),
        );
      }
  }
  t.is(tensorCount(), before);
  one.model.dispose();
  other.model.dispose();
});

test.serial('a task without input is observed by what it foretells, and writes where it is told how', async (t) => {
  const backbone = transformer({ ...small, encoder: false });
  const quiet = make('none', backbone);
  const [seen] = await quiet.writer.observe([[1, 2]]);
  t.is(seen!.hypothesis, undefined);
  t.is(seen!.foretold.positions, 3);
  t.deepEqual(seen!.foretold.ids, [2, 1, 11]);
  quiet.model.dispose();
  const { model, writer } = make('none', backbone, { decode: { maxLength: 5 } });
  t.true(Array.isArray((await writer.observe([[1, 2]]))[0]!.hypothesis));
  const prefix = await writer.ids([4, 2]);
  t.deepEqual(prefix, [4, 2]);
  const drawn = await writer.generate(
    [0, 0, 0],
    { sample: true, maxLength: 6 },
    { prefixes: [prefix, undefined, prefix], suppressed: [[7]] },
  );
  t.deepEqual(drawn[0]![0]!.ids.slice(0, 2), prefix);
  t.deepEqual(drawn[2]![0]!.ids.slice(0, 2), prefix);
  t.notDeepEqual(drawn[0]![0]!.ids, drawn[2]![0]!.ids);
  t.false(drawn.flat().some(({ ids }) => ids.includes(7)));
  model.dispose();
});

test.serial('what cannot be is said, and leaves nothing behind', async (t) => {
  t.throws(() => make('same', transformer({ ...small, encoder: false })), { message: /Task 'reverse': a backbone without an encoder/ });
  t.throws(() => make('none', transformer({ ...small, decoder: false })), { message: /without a decoder/ });
  const { model, writer } = make('same', transformer({ ...small, positions: { kind: 'learned', length: 8 } }));
  const before = tensorCount();
  const says = async (run: () => Promise<unknown>, message: RegExp) => {
    const error = await t.throwsAsync(run, { message });
    t.true(error instanceof AnyformerError, String(error?.stack));
    t.is(tensorCount(), before);
  };
  const long = Array.from({ length: 9 }, (_, i) => i);
  await says(() => writer.generate([[1, 12]]), /digits.*12/);
  await says(() => writer.generate([long]), /9|8/);
  await says(() => writer.generate([[1, 2]], { minLength: 12 }), /8/);
  await says(() => writer.score([{ input: [1], output: long }]), /8/);
  await says(() => writer.attention({ input: long, output: [1] }), /8/);
  await says(() => writer.generate([[1]], { beam: 0 }), /beam/);
  const controller = new AbortController();
  controller.abort(new Error('enough'));
  await t.throwsAsync(writer.generate([[1]], {}, { signal: controller.signal }), { message: 'enough' });
  t.is(tensorCount(), before);
  model.dispose();
});

test.serial('learned positions end what is written, and refuse what is too long to read', async (t) => {
  const { model, writer } = make('same', transformer({ ...small, positions: { kind: 'learned', length: 6 } }));
  for (const options of searches) {
    const written = await writer.generate(
      [
        [1, 2],
        [3, 4, 5, 6, 7],
      ],
      { ...options, maxLength: 50, minLength: 5 },
    );
    for (const { ids, ended } of written.flat()) t.true(ids.length === (ended ? 5 : 6), ids.join());
  }
  await t.throwsAsync(() => writer.generate([[1]], { minLength: 6 }), { code: 'generation/too-long', message: /less than 6/ });
  await t.throwsAsync(() => writer.generate([[1], [1, 2, 3, 4, 5, 6]]), {
    code: 'generation/too-long',
    message: /an input of 7 positions; accepted: at most 6/,
  });
  model.dispose();
});
