import test from 'ava';
import { type LabelledPicture, shapeNames, shapes } from './shapes.js';

const take = async (count: number, epoch = 0, seed = 1): Promise<LabelledPicture[]> => {
  const taken: LabelledPicture[] = [];
  for await (const one of shapes({ side: 20, seed, epoch: count }).examples('train', { epoch, index: 0, seed: 3 })) taken.push(one);
  return taken;
};

test('every shape comes about as often, and nothing but the shape tells it: colours are even', async (t) => {
  const taken = await take(2000);
  for (const label of shapeNames.keys()) {
    const those = taken.filter((one) => one.label === label);
    t.true(those.length > 340 && those.length < 460, `${shapeNames[label]} came ${those.length} times`);
    const mean = those.reduce((sum, one) => sum + one.picture.data.reduce((a, b) => a + b, 0) / one.picture.data.length, 0) / those.length;
    t.true(Math.abs(mean - 127.5) < 12, `${shapeNames[label]} has mean ${mean}`);
  }
});

test('the same seed and epoch give the same pictures; another epoch gives others', async (t) => {
  t.deepEqual(await take(5), await take(5));
  t.notDeepEqual(await take(5), await take(5, 1));
});

test('reading can begin anywhere', async (t) => {
  const whole = await take(10);
  const rest: LabelledPicture[] = [];
  for await (const one of shapes({ side: 20, seed: 1, epoch: 10 }).examples('train', { epoch: 0, index: 6, seed: 3 })) rest.push(one);
  t.deepEqual(rest, whole.slice(6));
});

test('an unknown split is refused with the known ones', async (t) => {
  const reading = shapes({ side: 20, seed: 1, epoch: 10 }).examples('dev', { epoch: 0, index: 0, seed: 0 });
  await t.throwsAsync(async () => reading[Symbol.asyncIterator]().next(), { code: 'data/unknown-split', message: /train, valid, test/ });
});
