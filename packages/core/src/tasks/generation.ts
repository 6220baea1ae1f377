import { AnyformerError, type tf } from '@anyformer/engine';
import type { Memory } from '../contract/backbone.js';
import type { DataSource } from '../contract/data.js';
import type { Metric } from '../contract/metric.js';
import type { GenerativeModality, Modality } from '../contract/modality.js';
import { type Batch, inference, type Pass } from '../contract/sequence.js';
import type { Parts, Task } from '../contract/task.js';
import type { DecodeOptions } from '../decode/options.js';
import { type Generated, GenerationModel, type GenerationPair } from './generation-model.js';
import { unembeddedLoss } from './unembedded-loss.js';

/** What {@link generation} takes. */
export interface GenerationOptions<Raw> {
  readonly id: string;
  readonly data: DataSource<Raw>;
  /** What the encoder reads. Without it the decoder continues from nothing: a language model of the output. */
  readonly input?: Modality | undefined;
  /** What the decoder writes. */
  readonly output: GenerativeModality;
  /** The parts of a raw example. */
  split(raw: Raw): GenerationPair;
  /** 0 unless said (Szegedy et al. 2016; Vaswani et al. 2017, section 5.4). */
  readonly labelSmoothing?: number | undefined;
  /** How sequences are searched for in evaluation, and by default elsewhere. */
  readonly decode?: DecodeOptions | undefined;
  /** {@link exactMatch}, {@link positionAccuracy} and {@link perplexity} know no modality. */
  metrics(): readonly Metric<Generated<Raw>>[];
}

/** An encoded pair. */
export interface GenerationExample {
  readonly input: unknown;
  readonly output: unknown;
}

const prefixed = (prefix: string, batch: Batch): Batch =>
  Object.fromEntries(Object.entries(batch).map(([name, tensor]) => [prefix + name, tensor]));
const under = (prefix: string, batch: Batch): Batch =>
  Object.fromEntries(
    Object.entries(batch)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );

const needs = (id: string, what: string): AnyformerError =>
  new AnyformerError({
    code: 'generation/backbone',
    who: `Task '${id}'`,
    given: `a backbone without ${what}`,
    accepted: `one with ${what}`,
    fix: `Give the model ${what} (encoder: { layers: … }, decoder: { layers: … }).`,
    exit: 2,
  });

/** A generation task with its model's own type. */
export interface GenerationTask<Raw> extends Task<Raw, GenerationExample, Batch, Generated<Raw>> {
  build(parts: Parts): GenerationModel<Raw>;
}

/**
 * One modality in, another written out: an encoder reads any input, a decoder writes the output (Sutskever et al. 2014; Vaswani et al. 2017).
 * The same for every pair of modalities; without an input it is a causal model of the output alone.
 */
export const generation = <Raw>(options: GenerationOptions<Raw>): GenerationTask<Raw> => {
  const { id, data, input, output, split, labelSmoothing = 0 } = options;
  return {
    id,
    modalities: input === undefined || input === output ? [output] : [input, output],
    data,
    encode(raw) {
      const parts = split(raw);
      return { input: input?.codec.encode(parts.input), output: output.codec.encode(parts.output) };
    },
    positions: (example) => [output.positions(example.output), ...(input ? [input.positions(example.input)] : [])],
    collate(examples) {
      const { previous, next } = output.shift(examples.map((example) => example.output));
      return {
        ...prefixed('previous/', previous),
        next,
        ...(input && prefixed('input/', input.collate(examples.map((example) => example.input)))),
      };
    },
    build({ backbone, embedder, unembedder }) {
      const { encoder, decoder } = backbone;
      if (decoder === undefined) throw needs(id, 'a decoder');
      if (input !== undefined && encoder === undefined) throw needs(id, 'an encoder');
      const read = input && embedder(input);
      const embed = embedder(output);
      const unembed = unembedder(output);
      const encode = (batch: Batch, pass: Pass): Memory | undefined => read && encoder!(read(batch, pass), pass);
      const hidden = (batch: Batch, pass: Pass): tf.Tensor => {
        const memory = encode(under('input/', batch), pass);
        return decoder.forward(embed(under('previous/', batch), pass), pass, memory); // [b, t, w]
      };
      return new GenerationModel<Raw>({
        options,
        inputLimit: encoder?.limit,
        decoder,
        embed,
        unembed,
        encode: (inputs) => (input === undefined ? undefined : encode(input.collate(inputs), inference)),
        logits: (examples, pass) => {
          const batch = this.collate(examples);
          return { logits: unembed(hidden(batch, pass)), next: batch.next as tf.Tensor2D }; // [b, t, v]
        },
        loss: (batch, pass) => unembeddedLoss(unembed, hidden(batch, pass), batch.next!, { labelSmoothing }),
      });
    },
    metrics: options.metrics,
  };
};
