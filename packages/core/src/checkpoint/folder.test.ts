import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AnyformerError } from '@anyformer/engine';
import test from 'ava';
import { type Content, makeFolder, readFolder, readFolderBut, sweep, writeFileWhole, writeFolder } from './folder.js';
import { CheckpointStore } from './store.js';

const root = mkdtempSync(path.join(tmpdir(), 'anyformer-folder-'));
test.after.always(() => rmSync(root, { recursive: true, force: true }));

const bytes = (written: string): Uint8Array => new TextEncoder().encode(written);
const files = (written: string): Map<string, Uint8Array> =>
  new Map([
    ['a.json', bytes(written)],
    ['sub/b.bin', Uint8Array.of(1, 2, 3)],
  ]);

test('a folder comes back as it was written', async (t) => {
  const folder = path.join(root, 'one');
  await writeFolder(folder, files('{"x":1}'));
  const read = await readFolder(folder);
  t.deepEqual([...read.keys()].sort(), ['a.json', 'manifest.json', 'sub/b.bin']);
  t.deepEqual([...read.get('sub/b.bin')!], [1, 2, 3]);
});

/** Bytes in pieces that are made one after the other, in the same memory. */
const inPieces = (bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> => ({
  async *[Symbol.asyncIterator]() {
    const room = new Uint8Array(size);
    for (let at = 0; at < bytes.length; at += size) {
      const part = bytes.subarray(at, at + size);
      room.set(part);
      yield room.subarray(0, part.length);
    }
  },
});

test('what is written in pieces is what is written whole, manifest and all', async (t) => {
  const content = Uint8Array.from({ length: 100_003 }, (_, i) => i * i);
  const read: Map<string, Uint8Array>[] = [];
  for (const [name, one] of [
    ['at-once', content],
    ['in-pieces', inPieces(content, 1000)],
  ] as const) {
    const folder = path.join(root, name);
    await writeFolder(
      folder,
      new Map<string, Content>([
        ['large', one],
        ['empty', new Uint8Array()],
      ]),
    );
    read.push(await readFolder(folder));
  }
  t.deepEqual(read[1], read[0]);
  t.deepEqual(new Uint8Array(read[1]!.get('large')!), content);
});

test('files that are left are held against the manifest, and not read', async (t) => {
  const folder = path.join(root, 'left');
  const file = path.join(folder, 'sub/b.bin');
  const leave = (name: string): boolean => name === 'sub/b.bin' || name === 'stray';
  await writeFolder(folder, files('{}'));
  writeFileSync(path.join(folder, 'stray'), 'of nobody');
  const { files: held, left } = await readFolderBut(leave, folder);
  t.deepEqual([...held.keys()].sort(), ['a.json', 'manifest.json']);
  t.deepEqual([...left], ['sub/b.bin']);
  writeFileSync(file, Uint8Array.of(1, 2, 4));
  await t.throwsAsync(readFolderBut(leave, folder), { code: 'checkpoint/corrupt', message: /b\.bin: other bytes than were written/ });
  truncateSync(file, 2);
  await t.throwsAsync(readFolderBut(leave, folder), { code: 'checkpoint/corrupt', message: /b\.bin: 2 bytes in place of 3/ });
  rmSync(file);
  await t.throwsAsync(readFolderBut(leave, folder), { code: 'checkpoint/corrupt', message: /b\.bin: no such file/ });
});

test('a folder is made with those above it, or says at once why not', async (t) => {
  const deep = path.join(root, 'deep/er/est');
  await makeFolder(deep);
  await makeFolder(deep);
  t.true((await fs.stat(deep)).isDirectory());
  writeFileSync(path.join(root, 'deep/file'), '');
  await t.throwsAsync(() => makeFolder(path.join(root, 'deep/file')), { code: 'EEXIST' });
  await t.throwsAsync(() => makeFolder(path.join(root, 'deep/file/in')), { code: 'ENOTDIR' });
  // mkdir's own `recursive` does not come back from here.
  await t.throwsAsync(() => makeFolder('/proc/anyformer/run'));
});

test('a folder is replaced at once', async (t) => {
  const folder = path.join(root, 'twice');
  await writeFolder(folder, files('first'));
  await writeFolder(folder, files('second'));
  t.is(new TextDecoder().decode((await readFolder(folder)).get('a.json')), 'second');
  t.deepEqual(
    readdirSync(root).filter((name) => name.startsWith('.tmp-') && name.includes('twice')),
    [],
  );
});

test('what a killed writer left is swept', async (t) => {
  const folder = path.join(root, 'swept');
  mkdirSync(path.join(folder, '.tmp-step-000004-abcd'), { recursive: true });
  writeFileSync(path.join(folder, '.tmp-latest-ffff'), 'step');
  await sweep(folder);
  t.deepEqual(readdirSync(folder), []);
});

test('a missing file is named', async (t) => {
  const folder = path.join(root, 'missing');
  await writeFolder(folder, files('x'));
  rmSync(path.join(folder, 'sub/b.bin'));
  await t.throwsAsync(readFolder(folder), { code: 'checkpoint/corrupt', message: /b\.bin.*no such file/ });
});

test.serial('a full disk leaves what was there, and says so', async (t) => {
  const folder = path.join(root, 'full');
  await writeFolder(folder, files('before'));
  const probe = await fs.open(path.join(root, 'probe'), 'w');
  const handle = Object.getPrototypeOf(probe);
  await probe.close();
  const { write } = handle;
  let writes = 0;
  handle.write = function (this: unknown, bytes: Uint8Array, at: number, length: number) {
    writes++;
    // A disk that is nearly full takes a part before it refuses.
    return writes === 2
      ? Promise.reject(Object.assign(new Error('write'), { code: 'ENOSPC' }))
      : write.call(this, bytes, at, Math.min(length, 3));
  };
  try {
    await t.throwsAsync(writeFolder(folder, files('after')), { code: 'checkpoint/write', message: /no space left on the disk/ });
    writes = 0;
    await t.throwsAsync(writeFolder(folder, new Map([['a.json', inPieces(bytes('after'), 2)]])), { code: 'checkpoint/write' });
    writes = 2;
    await writeFolder(path.join(root, 'slowly'), files('in small parts'));
    await t.throwsAsync(
      (async () => {
        writes = 1;
        await writeFileWhole(path.join(root, 'pointer'), 'x');
      })(),
      { code: 'checkpoint/write' },
    );
  } finally {
    handle.write = write;
  }
  t.is(readFileSync(path.join(root, 'slowly/a.json'), 'utf8'), 'in small parts');
  t.is(new TextDecoder().decode((await readFolder(folder)).get('a.json')), 'before');
  t.false(readdirSync(root).some((name) => name.includes('pointer') || (name.startsWith('.tmp-') && name.includes('full'))));
});

test('where pieces cannot be made, that is said in their words, and what was there stays', async (t) => {
  const folder = path.join(root, 'unmade');
  await writeFolder(folder, files('before'));
  const failing = (error: Error): AsyncIterable<Uint8Array> => ({
    async *[Symbol.asyncIterator]() {
      yield bytes('aft');
      throw error;
    },
  });
  const own = new AnyformerError({ code: 'memory/out', who: 'engine', given: 'nothing left' });
  t.is(await t.throwsAsync(writeFolder(folder, new Map([['a.json', failing(own)]]))), own);
  await t.throwsAsync(writeFolder(folder, new Map([['a.json', failing(new Error('else'))]])), {
    code: 'checkpoint/write',
    message: /else/,
  });
  t.is(readFileSync(path.join(folder, 'a.json'), 'utf8'), 'before');
  t.false(readdirSync(root).some((name) => name.startsWith('.tmp-unmade')));
});

test('the last few checkpoints and the best are kept', async (t) => {
  const store = new CheckpointStore(path.join(root, 'store'), 2);
  await store.open();
  for (const step of [1, 2, 3, 4, 5]) await store.save(step, files(String(step)), step === 2);
  t.deepEqual(await store.steps(), [2, 4, 5]);
  t.is(path.basename((await store.latest())!), 'step-000005');
  t.is(path.basename((await store.best())!), 'step-000002');
});

test('a checkpoint whose pointer was never written is found', async (t) => {
  const folder = path.join(root, 'pointerless');
  const store = new CheckpointStore(folder, 3);
  await store.open();
  await store.save(7, files('7'), false);
  await writeFolder(path.join(folder, 'step-000008'), files('8'));
  t.is(path.basename((await store.latest())!), 'step-000008');
});
