import { tf } from '@anyformer/engine';
import type { Decoder, Memory } from '../contract/backbone.js';
import { type Embedder, isGenerative, type Modality, type Unembedder } from '../contract/modality.js';
import { type Batch, inference, type Pass } from '../contract/sequence.js';
import type { TaskModel, WeightedLoss } from '../contract/task.js';
import { decode } from '../decode/decode.js';
import { type DecodeOptions, type DecodeRequest, resolveDecode } from '../decode/options.js';
import type { Written } from '../decode/scorer.js';
import { recording } from '../inspect/recorder.js';
import type { GenerationExample, GenerationOptions } from './generation.js';
import { generationScorer } from './generation-scorer.js';
import { type Foretold, foretold } from './teacher-forced.js';

/** A sequence as the output modality renders it. */
export interface Hypothesis extends Written {
  readonly output: unknown;
}

/** What metrics of generation see. */
export interface Generated<Raw = any> {
  readonly raw: Raw;
  readonly input: unknown;
  readonly expected: unknown;
  /** The best hypothesis, rendered. */
  readonly hypothesis: unknown;
  /** All of them, best first. */
  readonly hypotheses: readonly Hypothesis[];
  /** The expected output, foretold position by position. */
  readonly foretold: Foretold;
}

/** One attention map on the host. */
export interface AttentionMap {
  /** Such as `decoder/block0/cross-attention`. */
  readonly path: string;
  /** [h, rows, columns], each row adds up to 1. */
  readonly weights: Float32Array;
  readonly heads: number;
  /** One label per query. */
  readonly rows: readonly string[];
  /** One label per key. */
  readonly columns: readonly string[];
}

/** What the model is made of; put together by `generation`. */
interface GenerationParts<Raw> {
  readonly options: GenerationOptions<Raw>;
  readonly decoder: Decoder;
  readonly embed: Embedder;
  readonly unembed: Unembedder;
  /** Inside `tidy`. */
  encode(raws: readonly unknown[]): Memory | undefined;
  logits(examples: readonly GenerationExample[], pass: Pass): { readonly logits: tf.Tensor; readonly next: tf.Tensor2D };
  example(raw: Raw): GenerationExample;
  loss(batch: Batch, pass: Pass): WeightedLoss;
}

/** Which ids are banned, forced or allowed to end; see {@link DecodeRequest}. */
export type GenerateExtras = Partial<Pick<DecodeRequest, 'startId' | 'endIds' | 'suppressed' | 'prefixes'>>;

/** Rows of a batch in decoding, hypotheses included. */
const rowsAtOnce = 256;

/** Takes items in order of size, so many at a time, and gives the results back in the order of the items. */
const inBatches = async <T, R>(
  items: readonly T[],
  size: (item: T) => number,
  most: number,
  run: (batch: readonly T[], places: readonly number[]) => Promise<readonly R[]>,
): Promise<R[]> => {
  const order = items.map((item, place) => ({ item, place, size: size(item) })).sort((a, b) => a.size - b.size);
  const results = new Array<R>(items.length);
  for (let at = 0; at < order.length; at += most) {
    const batch = order.slice(at, at + most);
    const made = await run(
      batch.map(({ item }) => item),
      batch.map(({ place }) => place),
    );
    batch.forEach(({ place }, i) => {
      results[place] = made[i]!;
    });
  }
  return results;
};

/** A generation task's model: its loss, and everything one can do with what it has learned. */
export class GenerationModel<Raw = any> implements TaskModel<Batch, Raw, Generated<Raw>> {
  readonly #parts: GenerationParts<Raw>;

  constructor(parts: GenerationParts<Raw>) {
    this.#parts = parts;
  }

  loss(batch: Batch, pass: Pass): WeightedLoss {
    return this.#parts.loss(batch, pass);
  }

  /** Writes outputs for raw inputs (anything, as often as outputs are wanted, where the task has no input). In the order given. */
  async generate(inputs: readonly unknown[], options: DecodeOptions = {}, extras: GenerateExtras = {}): Promise<Hypothesis[][]> {
    const { options: task, decoder, embed, unembed, encode } = this.#parts;
    const { input, output } = task;
    const config = resolveDecode({ ...task.decode, ...options });
    const { startId, endId, never } = output.generation;
    const sizeOf = (raw: unknown): number => (input === undefined ? 0 : input.positions(input.codec.encode(raw)));
    const wide = config.sample ? config.nBest : config.beam;
    return inBatches(inputs, sizeOf, Math.max(1, Math.floor(rowsAtOnce / wide)), async (batch, places) => {
      const maxLengths = batch.map((raw) =>
        input === undefined ? config.maxLength : Math.min(config.maxLength, Math.ceil(config.maxRatio * sizeOf(raw)) + 16),
      );
      const memory = tf.tidy(() => {
        const made = encode(batch);
        return made && { hidden: made.hidden, mask: made.mask };
      });
      const start = { rows: batch.length, capacity: Math.max(...maxLengths), ...(memory && { memory }) };
      const scorer = generationScorer(decoder, output, embed, unembed, start);
      try {
        const written = await decode(scorer, config, {
          examples: batch.length,
          startId: extras.startId ?? startId,
          endIds: extras.endIds ?? [endId],
          never,
          suppressed: extras.suppressed,
          prefixes: extras.prefixes && places.map((place) => extras.prefixes![place]),
          maxLengths,
          names: places,
        });
        return written.map((list) => list.map((one) => ({ ...one, output: output.render(one.ids) })));
      } finally {
        scorer.dispose();
        if (memory) tf.dispose([memory.hidden, memory.mask]);
      }
    });
  }

  /** How well each raw example's true output is foretold. */
  async score(raws: readonly Raw[]): Promise<Foretold[]> {
    const { options, example, logits } = this.#parts;
    const { output } = options;
    return inBatches(
      raws.map(example),
      (one) => output.positions(one.output),
      64,
      async (batch) => {
        const made = tf.tidy(() => logits(batch, inference));
        const counted = await foretold(made.logits, made.next);
        tf.dispose([made.logits, made.next]);
        return counted;
      },
    );
  }

  async observe(raws: readonly Raw[]): Promise<Generated<Raw>[]> {
    const { split } = this.#parts.options;
    const parts = raws.map((raw) => split(raw));
    const hypotheses = await this.generate(parts.map(({ input }) => input));
    const counted = await this.score(raws);
    return raws.map((raw, i) => ({
      raw,
      input: parts[i]!.input,
      expected: parts[i]!.output,
      hypothesis: hypotheses[i]![0]?.output,
      hypotheses: hypotheses[i]!,
      foretold: counted[i]!,
    }));
  }

  /** Every attention map while the true output of a raw example is read: encoder, decoder, and from decoder to encoder. */
  async attention(raw: Raw): Promise<AttentionMap[]> {
    const { options, example, logits } = this.#parts;
    const { input, output } = options;
    const encoded = example(raw);
    const recorded = recording(['**/attention', '**/self-attention', '**/cross-attention']);
    try {
      tf.tidy(() => void logits([encoded], { ...inference, record: recorded.record }));
      const written = await labelsOf(output, encoded.output);
      const read = input ? await labelsOf(input, encoded.input) : [];
      const begun = [...output.labels([output.generation.startId]), ...written.slice(0, -1)];
      return [...(await recorded.values())].map(([path, { shape, values }]) => {
        const rows = path.startsWith('encoder/') ? read : written;
        const columns = path.startsWith('encoder/') || path.endsWith('cross-attention') ? read : begun;
        return { path, weights: values, heads: shape[1]!, rows, columns };
      });
    } finally {
      recorded.dispose();
    }
  }
}

/** A label for each position of an example: its ids' where there are ids, else numbers. */
const labelsOf = async (modality: Modality, example: unknown): Promise<string[]> => {
  if (!isGenerative(modality)) return Array.from({ length: modality.positions(example) }, (_, i) => String(i + 1));
  const next = tf.tidy(() => modality.shift([example]).next);
  const ids = [...(await next.data())].filter((id) => id >= 0);
  next.dispose();
  return modality.labels(ids);
};
