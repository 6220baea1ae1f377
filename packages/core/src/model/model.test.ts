import { AnyformerError, tensorCount, tf, useEngine } from '@anyformer/engine';
import test from 'ava';
import { inference } from '../contract/sequence.js';
import type { Task } from '../contract/task.js';
import { generated } from '../data/generated.js';
import { classification } from '../tasks/classification.js';
import { transformer } from '../transformer/transformer.js';
import { Model } from './model.js';
import { digits } from './model.test-support.js';

test.before(async () => {
  await useEngine();
});

const width = 16;
const backbone = transformer({ width, heads: 2, feedForward: 32, layers: 1, decoder: false });
const data = generated({ name: 'digits', seed: 1, epoch: 10, draw: (random) => [random.integer(10), random.integer(10)] });
const task = (id: string, input = digits('digits')): Task =>
  classification<number[]>({ id, data, input, classes: ['even', 'odd'], label: ([first]) => first! % 2 });
const model = (...tasks: Task[]) => new Model({ tasks, backbone, width, seed: 1 });
const complaint = (t: any, make: () => unknown): string => t.throws(make, { instanceOf: AnyformerError }).message;

test.serial('tasks share the backbone and what names one modality; prefixes say who owns what', (t) => {
  const input = digits('digits');
  const made = model(task('a', input), task('b', input), task('c', digits('others')));
  const prefixes = [...made.parameters.counts(2).keys()];
  t.deepEqual(prefixes, ['backbone/encoder', 'modality/digits', 'task/a', 'task/b', 'modality/others', 'task/c']);
  t.deepEqual([...made.modalities.keys()], ['digits', 'others']);
  t.is(made.embedder(input), made.embedder(input));
  made.dispose();
});

test.serial('adding a task changes nobody else’s first values', async (t) => {
  const input = digits('digits');
  const [one, two] = [model(task('a', input)), model(task('z', digits('others')), task('a', input))];
  const [alone, beside] = [await one.parameters.values(), await two.parameters.values()];
  for (const [path, values] of alone) t.deepEqual(beside.get(path), values, path);
  one.dispose();
  two.dispose();
});

test.serial('ids must be told apart, and a model that cannot be made leaves nothing behind', (t) => {
  const before = tensorCount();
  t.regex(
    complaint(t, () => model(task('a'), task('a', digits('others')))),
    /two tasks with the id 'a'/,
  );
  t.regex(
    complaint(t, () => model(task('a'), task('b'))),
    /two different modalities with the id 'digits'/,
  );
  t.regex(
    complaint(t, () => model(task('a/b'))),
    /task id 'a\/b'/,
  );
  t.regex(
    complaint(t, () => model(task('a', digits('**')))),
    /modality id '\*\*'/,
  );
  t.throws(() =>
    model(task('a'), {
      ...task('b', digits('others')),
      build: () => {
        throw new AnyformerError({ code: 'x', who: 'x' });
      },
    }),
  );
  t.is(tensorCount(), before);
  const made = model(task('a'));
  t.regex(
    complaint(t, () => made.task('b')),
    /no task 'b'; accepted: a/,
  );
  made.dispose();
  t.is(tensorCount(), before);
});

test.serial('a sequence that does not fit says who made it, what, and what is needed', (t) => {
  const wrong = (over: Parameters<typeof digits>[1]) => {
    const input = digits('digits', over);
    const made = model(task('a', input));
    const message = complaint(t, () => tf.tidy(() => made.embedder(input)(input.collate([[1, 2, 3]]), inference).embeddings));
    made.dispose();
    return message;
  };
  t.regex(wrong({ width: 15 }), /digits.embedder: made embeddings of shape \[1,3,15\]; .*the last size must be the model width 16/);
  t.regex(wrong({ mask: 'int32' }), /digits.embedder: made a int32 mask of shape \[1,3\]; accepted: bool \[1, 3\]/);
  t.regex(wrong({ places: 2 }), /digits.embedder: made float32 positions of shape \[1,2,1\]; accepted: float32 \[1 or 1, 3, coordinates\]/);
});
