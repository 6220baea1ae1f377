import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TextCodec, trainBpeCodec } from '@anyformer/text';

/** The test set's references and the codec that both sides' texts go through. */
export interface Prepared {
  readonly codec: TextCodec;
  readonly references: readonly string[];
}

const lines = async (folder: string, name: string): Promise<string[]> =>
  (await readFile(path.join(folder, name), 'utf8')).trimEnd().split('\n');

/** Writes the corpus as ids for the opponent: the same codec from the same lines as the config's, so that both learn the same thing. */
export const prepareIds = async (data: string, file: string): Promise<Prepared> => {
  const sides = async (name: string) => [await lines(data, `${name}.de`), await lines(data, `${name}.en`)] as const;
  const train = await sides('train');
  const test = await sides('test_2016_flickr');
  const both = async function* () {
    for (let i = 0; i < train[0].length; i++) {
      yield train[0][i]!;
      yield train[1][i]!;
    }
  };
  const codec = await trainBpeCodec(both(), { vocabulary: 4000 });
  const ids = ([source, target]: readonly [readonly string[], readonly string[]]) =>
    source.map((line, i) => [codec.encode(line), codec.encode(target[i]!)]);
  await writeFile(file, JSON.stringify({ size: codec.size, train: ids(train), test: ids(test) }));
  return { codec, references: test[1] };
};
