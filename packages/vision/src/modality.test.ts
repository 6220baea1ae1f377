import { inference, ParameterStore, tf } from '@anyformer/core';
import { useEngine } from '@anyformer/engine';
import { conformance } from '@anyformer/testing';
import test from 'ava';
import type { Picture } from './codec.js';
import { vision } from './modality.js';

test.before(() => useEngine());

const size = { width: 8, height: 4, channels: 3 };
const picture = (phase: number): Picture => ({
  ...size,
  data: Uint8Array.from({ length: 8 * 4 * 3 }, (_, i) => Math.round(127 + 120 * Math.sin(i * 0.7 + phase))),
});

test.serial('the vision modality conforms', async (t) => {
  t.deepEqual(await conformance({ make: () => vision({ id: 'pictures', ...size, patch: 2 }), samples: [picture(0), picture(1)] }), []);
});

test.serial('patches are cut row by row, and their coordinates are row and column', async (t) => {
  const modality = vision({ id: 'pictures', ...size, patch: 2 });
  const values = 2 * 2 * 3;
  // With the identity as projection an embedding is the patch itself.
  const store = new ParameterStore({ width: values, seed: 1 });
  const embed = modality.embedder(store.scope('modality/pictures'));
  store.assign(
    'modality/pictures/patch/weight',
    Float32Array.from({ length: values * values }, (_, i) => (i % (values + 1) === 0 ? 1 : 0)),
  );
  const example = modality.codec.encode(picture(0));
  const { embeddings, positions } = tf.tidy(() => embed(modality.collate([example]), inference));
  const cut = await embeddings.array();
  const places = await positions.array();
  t.deepEqual(embeddings.shape, [1, 8, values]);
  const expected: number[] = [];
  for (let y = 2; y < 4; y++) for (let x = 4; x < 6; x++) for (let c = 0; c < 3; c++) expected.push(example.values[(y * 8 + x) * 3 + c]!);
  t.deepEqual(cut[0]![6], expected);
  t.deepEqual(places[0]![6], [1, 2]);
  tf.dispose([embeddings, positions]);
  store.dispose();
});

test('a picture of another size is refused with what is accepted', (t) => {
  const modality = vision({ id: 'pictures', ...size, patch: 2 });
  t.throws(() => modality.codec.encode({ ...picture(0), width: 4, height: 8 }), {
    code: 'vision/picture-size',
    message: /4x8x3.*8x4x3/s,
  });
});

test('a patch that does not divide the picture is refused', (t) => {
  t.throws(() => vision({ id: 'pictures', ...size, patch: 3 }), { code: 'vision/patch-size' });
});
