import { AnyformerError, KeptReplays, tf } from '@anyformer/engine';
import type { Decoder, Memory } from '../contract/backbone.js';
import type { Embedder, Unembedder } from '../contract/modality.js';
import { type Batch, inference, type Pass } from '../contract/sequence.js';
import type { TaskModel, WeightedLoss } from '../contract/task.js';
import { decode } from '../decode/decode.js';
import { type EnsembleMean, ensemble } from '../decode/ensemble.js';
import { type DecodeConfig, type DecodeOptions, type DecodeRequest, resolveDecode } from '../decode/options.js';
import type { Scorer, Written } from '../decode/scorer.js';
import type { AttentionMap } from '../inspect/attention-map.js';
import { recording } from '../inspect/recorder.js';
import { attentionMaps, attentionPaths, idsOf } from './attention-maps.js';
import type { GenerationExample, GenerationOptions } from './generation.js';
import { generationScorer } from './generation-scorer.js';
import { inBatches } from './in-batches.js';
import { type Foretold, foretold } from './teacher-forced.js';

/** A sequence as the output modality renders it. */
export interface Hypothesis extends Written {
  readonly output: unknown;
}

/** An input, where the task has one, and an output for it. */
export interface GenerationPair {
  readonly input?: unknown;
  readonly output: unknown;
}

/** What metrics of generation see. */
export interface Generated<Raw = any> {
  readonly raw: Raw;
  readonly input: unknown;
  readonly expected: unknown;
  /** The best hypothesis, rendered; undefined where nothing was written. */
  readonly hypothesis: unknown;
  /** All of them, best first. */
  readonly hypotheses: readonly Hypothesis[];
  /** The expected output, foretold position by position. */
  readonly foretold: Foretold;
}

/** What the model is made of; put together by `generation`. */
interface GenerationParts<Raw> {
  readonly options: GenerationOptions<Raw>;
  /** Most positions that the encoder reads; any number where undefined. */
  readonly inputLimit: number | undefined;
  readonly decoder: Decoder;
  readonly embed: Embedder;
  readonly unembed: Unembedder;
  /** Inside `tidy`. */
  encode(inputs: readonly unknown[]): Memory | undefined;
  logits(examples: readonly GenerationExample[], pass: Pass): { readonly logits: tf.Tensor; readonly next: tf.Tensor2D };
  loss(batch: Batch, pass: Pass): WeightedLoss;
}

/** What is asked besides {@link DecodeOptions}. */
export interface GenerateExtras
  extends Partial<Pick<DecodeRequest, 'startId' | 'endIds' | 'suppressed' | 'prefixes' | 'names' | 'processors' | 'signal'>> {
  /** Most inputs that are worked on together; as many as memory bears unless said. The results are the same. */
  readonly batch?: number | undefined;
  /** Models whose opinion counts as much as this one's. They write the same ids, and read the inputs each in its own way. */
  readonly ensemble?: readonly GenerationModel[] | undefined;
  readonly ensembleMean?: EnsembleMean | undefined;
}

/** Rows of a batch in decoding, hypotheses included, and positions that their caches hold. */
const rowsAtOnce = 256;
const positionsAtOnce = 256 * 128;
/** Logits of a forced batch on the host. */
const logitsAtOnce = 1 << 24;
/** Batches from which a stream sorts by length. */
const batchesPerWindow = 4;

/** A generation task's model: its loss, and everything one can do with what it has learned. */
export class GenerationModel<Raw = any> implements TaskModel<Batch, Raw, Generated<Raw>> {
  readonly #parts: GenerationParts<Raw>;
  readonly #replays = new KeptReplays();

  constructor(parts: GenerationParts<Raw>) {
    this.#parts = parts;
  }

  /** Of the output, the end included, and of the input, where there is one. */
  get limits(): readonly (number | undefined)[] {
    return [this.#parts.decoder.limit, this.#parts.inputLimit];
  }

  loss(batch: Batch, pass: Pass): WeightedLoss {
    return this.#parts.loss(batch, pass);
  }

  /** An input as the encoder reads it. Fails where it is longer than the encoder has positions for (`generation/too-long`). */
  encode(raw: unknown): unknown {
    const { options, inputLimit = Number.POSITIVE_INFINITY } = this.#parts;
    const { input } = options;
    if (input === undefined) return undefined;
    const example = input.codec.encode(raw);
    const size = input.positions(example);
    if (size <= inputLimit) return example;
    throw this.#tooLong(`an input of ${size} positions`, `at most ${inputLimit}: the encoder has learned no more`);
  }

  #tooLong(given: string, accepted: string): AnyformerError {
    const fix = 'Shorten it, or train with positions that know no end.';
    return new AnyformerError({ code: 'generation/too-long', who: `Task '${this.#parts.options.id}'`, given, accepted, fix, exit: 2 });
  }

  /** Most ids that this and the others can write, as the config wants it. */
  #longest({ minLength, maxLength }: DecodeConfig, others: readonly GenerationModel[]): number {
    const limit = Math.min(...[this, ...others].map((model) => model.#parts.decoder.limit ?? Number.POSITIVE_INFINITY));
    if (minLength < limit) return Math.min(maxLength, limit);
    throw this.#tooLong(`minLength ${minLength}`, `less than ${limit}: the decoder has learned no more positions`);
  }

  /**
   * Writes outputs for raw inputs (anything, as often as outputs are wanted, where the task has no input): the best `nBest` for each, best
   * first, in the order of the inputs. An input gets the same results in whatever batch it comes; samples belong to its name, which is its
   * place unless said. Memory of up to 64 MB stays with the model, for when as many inputs of the same length come again.
   */
  async generate(inputs: readonly unknown[], options: DecodeOptions = {}, extras: GenerateExtras = {}): Promise<Hypothesis[][]> {
    const { output, input } = this.#parts.options;
    const config = this.#config(options);
    const most = this.#longest(config, extras.ensemble ?? []);
    const items = inputs.map((raw) => {
      const example = this.encode(raw);
      const size = input?.positions(example) ?? 0;
      const longest = input === undefined ? most : Math.min(most, Math.ceil(config.maxRatio * size) + 16);
      return { raw, example, size, longest };
    });
    const wide = width(config);
    return inBatches(
      items,
      {
        size: (item) => item.size,
        count: extras.batch ?? Math.max(1, Math.floor(rowsAtOnce / wide)),
        cost: { of: ({ longest }) => wide * longest, most: extras.batch === undefined ? positionsAtOnce : Number.POSITIVE_INFINITY },
      },
      async (batch, places) => {
        const maxLengths = batch.map(({ longest }) => longest);
        const capacity = Math.max(...maxLengths);
        const scorers: (Scorer & { dispose(): void })[] = [];
        try {
          scorers.push(
            this.#scorer(
              batch.map(({ example }) => example),
              capacity,
            ),
          );
          for (const other of extras.ensemble ?? [])
            scorers.push(
              other.#scorer(
                batch.map(({ raw }) => other.encode(raw)),
                capacity,
              ),
            );
          const { startId, endId, never } = output.generation;
          const written = await decode(scorers.length === 1 ? scorers[0]! : ensemble(scorers, extras.ensembleMean), config, {
            examples: batch.length,
            startId: extras.startId ?? startId,
            endIds: extras.endIds ?? [endId],
            never,
            suppressed: extras.suppressed,
            prefixes: extras.prefixes && places.map((place) => extras.prefixes![place]),
            maxLengths,
            names: places.map((place) => extras.names?.[place] ?? place),
            processors: extras.processors,
            signal: extras.signal,
          });
          return written.map((list) => list.map((one) => ({ ...one, output: output.render(one.ids) })));
        } finally {
          for (const scorer of scorers) scorer.dispose();
        }
      },
    );
  }

  /** The same for a stream of inputs: results come in order, a few batches behind what has been read. */
  async *stream(
    inputs: Iterable<unknown> | AsyncIterable<unknown>,
    options: DecodeOptions = {},
    extras: Omit<GenerateExtras, 'prefixes' | 'names'> = {},
  ): AsyncGenerator<Hypothesis[]> {
    const most = batchesPerWindow * (extras.batch ?? Math.max(1, Math.floor(rowsAtOnce / width(this.#config(options)))));
    let held: unknown[] = [];
    let first = 0;
    const written = (): Promise<Hypothesis[][]> => this.generate(held, options, { ...extras, names: held.map((_, i) => first + i) });
    for await (const input of inputs) {
      if (held.push(input) < most) continue;
      yield* await written();
      first += held.length;
      held = [];
    }
    yield* await written();
  }

  #config(options: DecodeOptions): DecodeConfig {
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    return resolveDecode({ ...this.#parts.options.decode, ...Object.fromEntries(given) });
  }

  #scorer(inputs: readonly unknown[], capacity: number): Scorer & { dispose(): void } {
    const { options, decoder, embed, unembed, encode } = this.#parts;
    const memory = tf.tidy(() => {
      const made = encode(inputs);
      return made && { hidden: made.hidden, mask: made.mask };
    });
    const rows = inputs.length;
    return generationScorer({ decoder, modality: options.output, embed, unembed, rows, capacity, memory, replays: this.#replays });
  }

  /** The ids of a raw output, without the end: for `prefixes` and `suppressed`. */
  async ids(raw: unknown): Promise<number[]> {
    const { output } = this.#parts.options;
    return (await idsOf(output, output.codec.encode(raw))).slice(0, -1);
  }

  #example(pair: GenerationPair): GenerationExample {
    const { input, output } = this.#parts.options;
    return { input: input?.codec.encode(pair.input), output: output.codec.encode(pair.output) };
  }

  /** How well given outputs are foretold, id by id, for given inputs: in the order given. */
  async score(pairs: readonly GenerationPair[]): Promise<Foretold[]> {
    const { options, logits } = this.#parts;
    const { output } = options;
    return inBatches(
      pairs.map((pair) => this.#example(pair)),
      {
        size: (example) => output.positions(example.output),
        count: rowsAtOnce,
        cost: { of: (example) => (output.positions(example.output) + 1) * output.generation.size, most: logitsAtOnce },
      },
      async (batch) => {
        const made = tf.tidy(() => logits(batch, inference));
        try {
          return await foretold(made.logits, made.next);
        } finally {
          tf.dispose([made.logits, made.next]);
        }
      },
    );
  }

  /** Writes and foretells. Without an input nothing is written, unless the task's `decode` says how. */
  async observe(raws: readonly Raw[]): Promise<Generated<Raw>[]> {
    const { split, input, decode: how } = this.#parts.options;
    const parts = raws.map((raw) => split(raw));
    const writes = input !== undefined || how !== undefined;
    const hypotheses = writes ? await this.generate(parts.map((part) => part.input)) : [];
    const counted = await this.score(parts);
    return raws.map((raw, i) => ({
      raw,
      input: parts[i]!.input,
      expected: parts[i]!.output,
      hypothesis: hypotheses[i]?.[0]?.output,
      hypotheses: hypotheses[i] ?? [],
      foretold: counted[i]!,
    }));
  }

  /** Every attention map while a given output is read: of the encoder, the decoder, and from decoder to encoder. */
  async attention(pair: GenerationPair): Promise<AttentionMap[]> {
    const { options, logits } = this.#parts;
    const { input, output } = options;
    const example = this.#example(pair);
    const recorded = recording(attentionPaths);
    try {
      tf.tidy(() => void logits([example], { ...inference, record: recorded.record }));
      return await attentionMaps(await recorded.values(), {
        input: input && { modality: input, example: example.input },
        output: { modality: output, example: example.output },
      });
    } finally {
      recorded.dispose();
    }
  }
}

/** Rows per input. */
const width = ({ sample, nBest, beam }: DecodeConfig): number => (sample ? nBest : beam);
