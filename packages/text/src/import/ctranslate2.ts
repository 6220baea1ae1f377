import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { AnyformerError, type Content, type ParameterValues, type RunConfigInput, safetensorsPieces } from '@anyformer/core';
import { vocabularyCodec } from '../codecs/index.js';
import { type ModelBin, readModelBin } from './model-bin.js';

/** Architectures whose sizes CTranslate2 does not write down. */
const headsOf: Readonly<Record<string, number>> = { TransformerBase: 8, TransformerBig: 16 };

/** CTranslate2's vocabularies begin with <blank>, <s> and </s>; the unknown piece has the last row. */
const specials = 3;

// What follows makes no values until they are asked for: all of them at once would be the model over again.

/** [n, m] as [m, n]. */
const transposed = (given: ParameterValues): ParameterValues => {
  const [rows = 0, columns = 0] = given.shape;
  return {
    shape: [columns, rows],
    get values() {
      const { values } = given;
      return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
    },
  };
};

/** Rows `from` to `to` of a matrix, or of a vector. */
const rowsOf = (given: ParameterValues, from: number, to: number): ParameterValues => {
  const [, width = 1] = given.shape;
  return {
    shape: [to - from, ...given.shape.slice(1)],
    get values() {
      return given.values.subarray(from * width, to * width);
    },
  };
};

/** The unknown piece's row, which is the last, behind the special ones, where our vocabularies have it. */
const reordered = (given: ParameterValues): ParameterValues => {
  const [rows = 0, width = 1] = given.shape;
  return {
    shape: given.shape,
    get values() {
      const { values } = given;
      const ordered = new Float32Array(values.length);
      ordered.set(values.subarray(0, specials * width));
      ordered.set(values.subarray((rows - 1) * width), specials * width);
      ordered.set(values.subarray(specials * width, (rows - 1) * width), (specials + 1) * width);
      return ordered;
    },
  };
};

/** Parameters under our names. Fused queries, keys and values come apart; weights [out, in] are turned over. */
const renamed = ({ variables }: ModelBin, layers: number): Map<string, ParameterValues> => {
  const made = new Map<string, ParameterValues>();
  const get = (name: string): ParameterValues => {
    const found = variables.get(name);
    if (found !== undefined) return found;
    throw new AnyformerError({
      code: 'import/ctranslate2',
      who: 'model.bin',
      given: `no variable '${name}'`,
      accepted: 'a Transformer',
      exit: 2,
    });
  };
  const dense = (from: string, to: readonly string[]): void => {
    const weight = get(`${from}/weight`);
    const bias = get(`${from}/bias`);
    const size = weight.shape[0]! / to.length;
    to.forEach((name, i) => {
      made.set(`${name}/weight`, transposed(rowsOf(weight, i * size, (i + 1) * size)));
      made.set(`${name}/bias`, rowsOf(bias, i * size, (i + 1) * size));
    });
  };
  const norm = (from: string, to: string): void => {
    made.set(`${to}/gain`, get(`${from}/gamma`));
    made.set(`${to}/bias`, get(`${from}/beta`));
  };
  const parts = (under: string, names: readonly string[]): string[] => names.map((name) => `${under}/${name}`);
  for (const side of ['encoder', 'decoder'] as const) {
    for (let i = 0; i < layers; i++) {
      const from = `${side}/layer_${i}`;
      const to = `backbone/${side}/block${i}`;
      const self = side === 'encoder' ? 'attention' : 'self-attention';
      norm(`${from}/self_attention/layer_norm`, `${to}/${self}-norm`);
      dense(`${from}/self_attention/linear_0`, parts(`${to}/${self}`, ['query', 'key', 'value']));
      dense(`${from}/self_attention/linear_1`, [`${to}/${self}/output`]);
      if (side === 'decoder') {
        norm(`${from}/attention/layer_norm`, `${to}/cross-attention-norm`);
        dense(`${from}/attention/linear_0`, [`${to}/cross-attention/query`]);
        dense(`${from}/attention/linear_1`, parts(`${to}/cross-attention`, ['key', 'value']));
        dense(`${from}/attention/linear_2`, [`${to}/cross-attention/output`]);
      }
      norm(`${from}/ffn/layer_norm`, `${to}/feed-forward-norm`);
      dense(`${from}/ffn/linear_0`, [`${to}/feed-forward/in`]);
      dense(`${from}/ffn/linear_1`, [`${to}/feed-forward/out`]);
    }
    norm(`${side}/layer_norm`, `backbone/${side}/norm`);
  }
  made.set('modality/source/table', reordered(get('encoder/embeddings/weight')));
  made.set('modality/target/table', reordered(get('decoder/embeddings/weight')));
  made.set('modality/target/output/weight', reordered(get('decoder/projection/weight')));
  made.set('modality/target/output/bias', reordered(get('decoder/projection/bias')));
  return made;
};

/** A file of the folder; a missing one is an error that says what the folder should hold. */
const read = (folder: string, name: string): Promise<Buffer> =>
  readFile(path.join(folder, name)).catch((cause: NodeJS.ErrnoException) => {
    throw new AnyformerError({
      code: 'import/no-file',
      who: folder,
      given: `no readable ${name} (${cause.code})`,
      accepted: 'a folder with model.bin, source_vocabulary.txt and target_vocabulary.txt',
      exit: 2,
      cause,
    });
  });

/** The pieces of a vocabulary file, without the special ones. */
const readPieces = async (folder: string, name: string): Promise<string[]> =>
  (await read(folder, name)).toString('utf8').replace(/\n$/, '').split('\n').slice(specials);

/**
 * A folder of CTranslate2 (`model.bin`, `source_vocabulary.txt`, `target_vocabulary.txt`) as the files of a model folder: store them with
 * `writeFolder`, or translate at once with `openTranslator`. Pieces of one character each are read as characters, others as words with
 * spaces between them. Pre-norm Transformers of OpenNMT (`TransformerBase`, `TransformerBig`) in float32.
 */
export const importCTranslate2 = async (folder: string): Promise<Map<string, Content>> => {
  const file = path.join(folder, 'model.bin');
  const model = readModelBin(await read(folder, 'model.bin'), file);
  const heads = headsOf[model.spec];
  if (heads === undefined)
    throw new AnyformerError({
      code: 'import/ctranslate2',
      who: file,
      given: `the architecture '${model.spec}'`,
      accepted: Object.keys(headsOf).join(', '),
      exit: 2,
    });
  const layers = [...model.variables.keys()].filter((name) => /^encoder\/layer_\d+\/ffn\/linear_0\/bias$/.test(name)).length;
  const width = model.variables.get('encoder/embeddings/weight')!.shape[1]!;
  const feedForward = model.variables.get('encoder/layer_0/ffn/linear_0/bias')!.shape[0]!;
  const pieces = { source: await readPieces(folder, 'source_vocabulary.txt'), target: await readPieces(folder, 'target_vocabulary.txt') };
  const kind = Object.values(pieces)
    .flat()
    .every((piece) => [...piece].length === 1)
    ? 'characters'
    : 'words';
  const modality = { kind: 'text', codec: { kind }, tied: false };
  const config: RunConfigInput = {
    modalities: { source: { ...modality, inputEnd: false }, target: { ...modality, outputBias: true } },
    tasks: {
      translation: {
        kind: 'translation',
        source: 'source',
        target: 'target',
        data: { kind: 'none' },
        decode: { lengthPenalty: 1, lengthPenaltyKind: 'average' },
      },
    },
    model: {
      width,
      heads,
      feedForward,
      layers,
      positions: { kind: 'sinusoidal', layout: 'halves', inclusive: true, start: 1 },
      embeddingScale: true,
    },
    train: { steps: 1, batch: { positions: 1000 }, schedule: { kind: 'constant', peak: 1e-4 } },
  };
  const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
  const files = new Map<string, Content>([
    ['config.json', bytes(config)],
    ['model.safetensors', safetensorsPieces(renamed(model, layers))],
  ]);
  const index: Record<string, Record<string, string>> = {};
  for (const [id, list] of Object.entries(pieces)) {
    index[id] = {};
    for (const [name, content] of Object.entries(vocabularyCodec(kind, list).files())) {
      index[id][name] = `${id}/${name}`;
      files.set(`${id}/${name}`, new TextEncoder().encode(content));
    }
  }
  return files.set('codecs.json', bytes(index));
};
