import { tf, useEngine } from '@anyformer/engine';
import test from 'ava';
import { lastValueFrom, toArray } from 'rxjs';
import { parseConfig } from '../config/issues.js';
import { type RunConfig, runConfig } from '../config/schema.js';
import { optimizerFromConfig } from '../optimize/config.js';
import { schedule } from '../optimize/schedule.js';
import type { ParameterValues } from '../parameters/store.js';
import { copied, type UnreadValues } from '../parameters/unread-values.js';
import { type Assembly, assembleRun } from '../run/assembly.js';
import { toy, toyConfig } from '../run/toy.test-support.js';
import type { TrainEvent } from './events.js';
import type { Snapshot } from './state.js';
import { train } from './train.js';
import type { TrainOptions } from './trainer.js';

test.before(() => useEngine());

const assemble = (tasks: Record<string, object> = toyConfig.tasks, seed = 5): Promise<Assembly> =>
  assembleRun({
    config: parseConfig<RunConfig>(runConfig, { ...toyConfig, seed, tasks, model: { ...toyConfig.model, dropout: 0.1 } }),
    plugins: [toy],
    directory: '.',
  });

const optionsOf = (made: Assembly, more: Partial<TrainOptions> = {}): TrainOptions => ({
  model: made.model,
  mixture: made.mixture,
  seed: 5,
  steps: 12,
  batch: { examples: 8 },
  optimizer: optimizerFromConfig({ kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.01 }),
  schedule: schedule({ kind: 'constant', peak: 1e-2, warmup: 0 }),
  ...more,
});

const events = (options: TrainOptions): Promise<TrainEvent[]> => lastValueFrom(train(options).pipe(toArray()));
const steps = (list: readonly TrainEvent[]) => list.flatMap((event) => (event.type === 'step' ? [event] : []));

test.serial('a run learns', async (t) => {
  const made = await assemble();
  const list = await events(optionsOf(made, { steps: 150, evaluate: { every: 150, split: 'test' } }));
  const evaluated = list.find((event) => event.type === 'eval');
  t.true(evaluated?.type === 'eval' && evaluated.results.first!.accuracy! > 0.9);
  made.model.dispose();
});

test.serial('accumulated micro-batches give the gradient of one batch', async (t) => {
  const weights: Float32Array[][] = [];
  for (const [examples, accumulate] of [
    [24, 1],
    [8, 3],
  ] as const) {
    // No dropout: its streams are drawn by micro-batch. One epoch per step, so that both see the same examples.
    const config = parseConfig<RunConfig>(runConfig, {
      ...toyConfig,
      tasks: { first: { kind: 'first', input: 'numbers', epoch: 24 } },
      model: { ...toyConfig.model, dropout: 0 },
    });
    const made = await assembleRun({ config, plugins: [toy], directory: '.' });
    await events(
      optionsOf(made, {
        steps: 5,
        batch: { examples },
        accumulate,
        optimizer: optimizerFromConfig({ kind: 'sgd', momentum: 0.9, nesterov: false, dampening: 0, decay: 0 }),
      }),
    );
    weights.push([...(await made.model.parameters.values()).values()].map(({ values }) => values));
    made.model.dispose();
  }
  const off = Math.max(...weights[0]!.flatMap((values, i) => [...values].map((value, j) => Math.abs(value - weights[1]![i]![j]!))));
  t.true(off < 1e-6, `off by ${off}`);
});

test.serial('another task changes nothing about a task’s examples, and its first loss not at all', async (t) => {
  const alone = await assemble({ first: { kind: 'first', input: 'numbers' } });
  const both = await assemble({ first: { kind: 'first', input: 'numbers' }, second: { kind: 'first', input: 'numbers' } });
  const [one] = steps(await events(optionsOf(alone, { steps: 1 })));
  const [two] = steps(await events(optionsOf(both, { steps: 1 })));
  t.is(one!.losses.first, two!.losses.first);
  t.not(two!.losses.second, two!.losses.first);
  alone.model.dispose();
  both.model.dispose();
});

test.serial('a mixture sums by shares, and looks at the cosine of its gradients', async (t) => {
  const made = await assemble({
    first: { kind: 'first', input: 'numbers', share: 0.25 },
    second: { kind: 'first', input: 'numbers', share: 0.75 },
  });
  const list = steps(await events(optionsOf(made, { cosineEvery: 2, steps: 4 })));
  for (const { loss, losses } of list) t.true(Math.abs(loss - (0.25 * losses.first! + 0.75 * losses.second!)) < 1e-9);
  t.deepEqual(
    list.map(({ cosines }) => cosines !== undefined),
    [false, true, false, true],
  );
  const cosine = list[1]!.cosines!['first/second']!;
  t.true(cosine > -1 && cosine <= 1.000001);
  made.model.dispose();
});

test.serial('one task a step is drawn by its share', async (t) => {
  const made = await assemble({
    first: { kind: 'first', input: 'numbers', share: 1 },
    second: { kind: 'first', input: 'numbers', share: 3 },
  });
  const list = steps(await events(optionsOf(made, { tasksPerStep: 1, steps: 200 })));
  const second = list.filter(({ losses }) => 'second' in losses).length;
  t.true(list.every(({ losses }) => Object.keys(losses).length === 1));
  t.true(second > 125 && second < 175, `${second} of 200`);
  made.model.dispose();
});

test.serial('a leak is found in the step in which it happens, and its phase is named', async (t) => {
  const made = await assemble();
  const { task } = made.mixture[0]!;
  let calls = 0;
  const leaking = {
    ...task,
    collate: (examples: readonly unknown[]) => {
      if (++calls > 5) tf.keep(tf.zeros([1]));
      return task.collate(examples);
    },
  };
  await t.throwsAsync(events(optionsOf(made, { mixture: [{ task: leaking, share: 1 }] })), {
    code: 'train/leak',
    message: /Step 6.*'forward and backward' \(\+1\)/s,
  });
  made.model.dispose();
});

test.serial('a thousand steps leave as many tensors as ten', async (t) => {
  const made = await assemble();
  const before = tf.memory().numTensors;
  const options = optionsOf(made, { steps: 1000, average: 0.9, clip: 1 });
  await events(options);
  options.optimizer.dispose();
  t.is(tf.memory().numTensors, before);
  made.model.dispose();
});

test.serial('frozen parameters stay as they are', async (t) => {
  const made = await assemble();
  const before = await made.model.parameters.values();
  await events(optionsOf(made, { frozen: ['modality/**'] }));
  const after = await made.model.parameters.values();
  for (const [path, { values }] of after)
    t.is(
      values.every((value, i) => value === before.get(path)!.values[i]),
      path.startsWith('modality/'),
      path,
    );
  made.model.dispose();
});

test.serial('patience ends a run that no longer gets better', async (t) => {
  const made = await assemble();
  const list = await events(
    optionsOf(made, { steps: 500, schedule: () => 0, evaluate: { every: 5, split: 'valid' }, best: 'first/accuracy', patience: 3 }),
  );
  const end = list.at(-1)!;
  t.true(end.type === 'end' && end.reason === 'stopped-early' && end.step === 20);
  made.model.dispose();
});

test.serial('a metric that nobody measures cannot be the best one', async (t) => {
  const made = await assemble();
  await t.throwsAsync(events(optionsOf(made, { best: 'first/acuracy' })), { code: 'train/unknown-metric', message: /first\/accuracy/ });
  made.model.dispose();
});

test.serial('a save is of one step: what is read while it lasts, and nothing later', async (t) => {
  const made = await assemble();
  const snapshots: Snapshot<UnreadValues>[] = [];
  const read: Map<string, ParameterValues>[][] = [];
  const save = async (snapshot: Snapshot<UnreadValues>): Promise<string> => {
    snapshots.push(snapshot);
    // The process goes on meanwhile; training does not.
    const first = await copied(snapshot.weights);
    await new Promise((resolve) => setTimeout(resolve, 20));
    read.push([first, await copied(snapshot.weights), await made.model.parameters.values()]);
    t.deepEqual([...(await copied(snapshot.slots)).keys()].length, 2 * first.size);
    return 'here';
  };
  await events(optionsOf(made, { steps: 4, checkpoint: { every: 2, save } }));
  t.is(snapshots.length, 2);
  for (const [first, second, parameters] of read) {
    t.deepEqual(second, first);
    t.deepEqual(parameters, first);
  }
  t.notDeepEqual(read[1], read[0]);
  const late = { code: 'train/saved', message: /Saving 'backbone\/.*after the end of `save`/ };
  await t.throwsAsync(copied(snapshots[1]!.weights), late);
  await t.throwsAsync(copied(snapshots[0]!.slots), late);
  made.model.dispose();
});
