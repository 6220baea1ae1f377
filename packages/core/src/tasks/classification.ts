import { AnyformerError, crossEntropy, repeated, tf } from '@anyformer/engine';
import type { DataSource } from '../contract/data.js';
import type { Head } from '../contract/head.js';
import type { Modality } from '../contract/modality.js';
import { type Batch, inference, type Pass } from '../contract/sequence.js';
import type { Task } from '../contract/task.js';
import { meanPool } from './heads.js';
import { accuracy, mean } from './metrics.js';

/** What {@link classification} takes. */
export interface ClassificationOptions<Raw> {
  readonly id: string;
  readonly data: DataSource<Raw>;
  readonly input: Modality;
  /** Names of the classes; a label is a place among them. */
  readonly classes: readonly string[];
  /** The part of a raw example that the input modality takes; the whole example unless said. */
  raw?(example: Raw): unknown;
  /** The class of a raw example: its name or its place. */
  label(example: Raw): string | number;
  /** Hidden states to logits over so many classes; {@link meanPool} unless said. */
  readonly head?: (classes: number) => Head<tf.Tensor2D>;
  /** 0 unless said. */
  readonly labelSmoothing?: number;
}

/** What the metrics see. Classes by name. */
export interface Classified {
  readonly expected: string;
  readonly predicted: string;
  /** One per class, in the order of the classes; they add up to 1. */
  readonly probabilities: Float32Array;
}

/** An encoded example with its class. */
export interface LabelledExample {
  readonly input: unknown;
  readonly label: number;
}

const label = 'label';
const inputPrefix = 'input/';

/** Tells classes apart by an encoder and a head: any modality, one label per example. */
export const classification = <Raw>(options: ClassificationOptions<Raw>): Task<Raw, LabelledExample, Batch, Classified> => {
  const { id, data, input, classes, head = meanPool, labelSmoothing = 0 } = options;

  const labelOf = (raw: Raw): number => {
    const given = options.label(raw);
    const place = typeof given === 'number' ? given : classes.indexOf(given);
    if (Number.isInteger(place) && place >= 0 && place < classes.length) return place;
    throw new AnyformerError({
      code: 'classification/label',
      who: `Task '${id}'`,
      given: `the label ${JSON.stringify(given)}`,
      accepted: `0 to ${classes.length - 1} or one of ${classes.slice(0, 20).join(', ')}`,
      fix: 'Check the data, or name all classes.',
    });
  };

  const encode = (raw: Raw): LabelledExample => ({ input: input.codec.encode(options.raw ? options.raw(raw) : raw), label: labelOf(raw) });

  const collate = (examples: readonly LabelledExample[]): Batch => {
    const made = input.collate(examples.map((example) => example.input));
    return {
      ...Object.fromEntries(Object.entries(made).map(([name, tensor]) => [inputPrefix + name, tensor])),
      [label]: tf.tensor1d(Int32Array.from(examples, (example) => example.label)),
    };
  };

  const inputOf = (batch: Batch): Batch =>
    Object.fromEntries(
      Object.entries(batch)
        .filter(([name]) => name.startsWith(inputPrefix))
        .map(([name, tensor]) => [name.slice(inputPrefix.length), tensor]),
    );

  return {
    id,
    modalities: [input],
    data,
    encode,
    positions: (example) => [input.positions(example.input)],
    collate,
    build({ backbone, scope, embedder }) {
      const embed = embedder(input);
      const read = head(classes.length).build(scope.child('head'));
      const { encoder } = backbone;
      if (encoder === undefined)
        throw new AnyformerError({
          code: 'classification/encoder',
          who: `Task '${id}'`,
          given: 'a backbone without an encoder',
          accepted: 'one with an encoder',
          fix: 'Give the model an encoder (encoder: { layers: … }).',
          exit: 2,
        });
      const logits = (seen: Batch, pass: Pass): tf.Tensor2D => read(encoder(embed(seen, pass), pass), pass); // [b, classes]
      const predict = repeated((seen) => ({ probabilities: tf.tidy(() => tf.softmax(logits(seen, inference))) })); // [b, classes]
      return {
        limits: [encoder.limit],
        loss: (batch, pass) => crossEntropy(logits(inputOf(batch), pass), batch[label]!, { labelSmoothing }),
        async observe(raws) {
          if (raws.length === 0) return [];
          const examples = raws.map(encode);
          const seen = tf.tidy(() => input.collate(examples.map((example) => example.input)));
          const { probabilities } = await predict(seen).finally(() => tf.dispose(seen));
          return examples.map((example, i) => {
            const own = probabilities!.slice(i * classes.length, (i + 1) * classes.length);
            return { expected: classes[example.label]!, predicted: classes[own.indexOf(Math.max(...own))]!, probabilities: own };
          });
        },
      };
    },
    metrics: () => [
      accuracy<Classified>(),
      mean('loss', 'lower', ({ expected, probabilities }) => -Math.log(Math.max(probabilities[classes.indexOf(expected)]!, 1e-30))),
    ],
  };
};
