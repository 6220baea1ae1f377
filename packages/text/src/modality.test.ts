import { tf } from '@anyformer/core';
import { useEngine } from '@anyformer/engine';
import { conformance } from '@anyformer/testing';
import test from 'ava';
import { byteCodec, restoreCodec, trainVocabulary } from './codecs/index.js';
import { text } from './modality.js';

test.before(() => useEngine({ engine: 'cpu' }));

const words = async () => text({ id: 'words', codec: await trainVocabulary('words', ['the cat sat on the mat', 'dogs ran']) });

test('words and bytes keep what a modality promises', async (t) => {
  const samples = ['dogs ran', 'the cat sat on the mat'];
  t.deepEqual(await conformance({ make: words, samples }), []);
  const endless = async () => text({ id: 'words', codec: await trainVocabulary('words', samples), inputEnd: false });
  t.deepEqual(await conformance({ make: endless, samples }), []);
  const make = (files?: Readonly<Record<string, Uint8Array>>) => text({ id: 'raw', codec: files ? restoreCodec(files) : byteCodec() });
  t.deepEqual(await conformance({ make, samples: ['ü', 'grüße\n🙂'] }), []);
});

test('an encoder reads the text and its end; a decoder begins with the start and is asked for the end', async (t) => {
  const modality = await words();
  const examples = ['the cat', 'the cat sat'].map((raw) => modality.codec.encode(raw));
  const { read, real, previous, next } = tf.tidy(() => {
    const { ids, real } = modality.collate(examples);
    const shifted = modality.shift(examples);
    return { read: ids, real, previous: shifted.previous.ids, next: shifted.next };
  });
  const [the, cat] = examples[0]!;
  const sat = examples[1]![2];
  t.deepEqual(read.arraySync(), [
    [the!, cat!, 2, 0],
    [the!, cat!, sat!, 2],
  ]);
  t.deepEqual(real.arraySync(), [
    [1, 1, 1, 0],
    [1, 1, 1, 1],
  ]);
  t.deepEqual(previous.arraySync(), [
    [1, the!, cat!, 0],
    [1, the!, cat!, sat!],
  ]);
  t.deepEqual(next.arraySync(), [
    [the!, cat!, 2, -1],
    [the!, cat!, sat!, 2],
  ]);
  tf.dispose([read, real, previous, next]);
});

test('what cannot be encoded is an error that names the modality', async (t) => {
  const modality = text({ id: 'short', codec: byteCodec(), lengthLimit: 5 });
  t.throws(() => modality.codec.encode(''), { code: 'text/empty', message: /'short'/ });
  t.throws(() => modality.codec.encode('123456'), { code: 'text/too-long', message: /6 ids for '123456'; accepted: at most 5/ });
  t.throws(() => modality.codec.encode(undefined as unknown as string), { code: 'text/no-text' });
  t.throws(() => modality.render([9999]), { code: 'text/id-out-of-range', message: /id 9999; accepted: 0 … \d+/ });
  t.throws(() => modality.labels([-1]), { code: 'text/id-out-of-range' });
});
