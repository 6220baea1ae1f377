import { AnyformerError, type DecodeOptions, GenerationModel, type LoadedModel, type LoadOptions, loadModel } from '@anyformer/core';
import textPlugin from '../plugin.js';
import { windows } from './windows.js';

/** How {@link Translator} translates; what is not said is as the model's config has it. */
export interface TranslateOptions extends DecodeOptions {
  /** Lines that are worked on together; 64 unless said. */
  readonly batch?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A line and what became of it. */
export interface Translation {
  readonly source: string;
  /** The best one; empty for an empty line. */
  readonly text: string;
  /** The `nBest` best, best first. */
  readonly hypotheses: readonly { readonly text: string; readonly score: number; readonly logProbability: number }[];
}

/** A trained model as a translator. */
export interface Translator {
  readonly model: LoadedModel;
  /** One translation per line, in order. */
  translate(lines: Iterable<string> | AsyncIterable<string>, options?: TranslateOptions): Promise<string[]>;
  /** The same with scores, as the lines come: results arrive before the lines end. */
  stream(lines: Iterable<string> | AsyncIterable<string>, options?: TranslateOptions): AsyncGenerator<Translation>;
  dispose(): void;
}

/** What {@link loadTranslator} takes: engine, threads, more plug-ins. */
export interface TranslatorOptions extends Partial<LoadOptions> {
  /** Which of the model's tasks; the first that writes unless said. */
  readonly task?: string | undefined;
}

/** Batches from which a window is sorted by length: more waste less on padding, fewer answer sooner. */
const batchesPerWindow = 4;
/** A pause in the input after which what has come is translated. */
const patience = 100;

async function* asAsync<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T> {
  yield* items;
}

const chooseTask = ({ model, mixture, folder }: LoadedModel, wanted: string | undefined): GenerationModel => {
  for (const { task } of mixture) {
    const writer = model.task(task.id);
    if (writer instanceof GenerationModel && (wanted === undefined || wanted === task.id)) return writer;
  }
  throw new AnyformerError({
    code: 'translate/task',
    who: folder,
    given: wanted === undefined ? 'a model without a task that writes' : `no task '${wanted}' that writes`,
    accepted: `a model with a translation; this one has ${mixture.map(({ task }) => task.id).join(', ')}`,
    exit: 2,
  });
};

/** A translator of a model that is already loaded. */
export const translatorOf = (model: LoadedModel, wanted?: string): Translator => {
  const writer = chooseTask(model, wanted);
  /** Why a line cannot be translated. */
  const complaint = (line: string, number: number): unknown => {
    try {
      writer.encode(line);
      return undefined;
    } catch (error) {
      if (!(error instanceof AnyformerError)) return error;
      return new AnyformerError({ code: error.code, who: `Line ${number}`, given: error.message, exit: error.exit, cause: error });
    }
  };

  async function* stream(lines: Iterable<string> | AsyncIterable<string>, options: TranslateOptions = {}): AsyncGenerator<Translation> {
    const { batch = 64, signal, ...decode } = options;
    for await (const { items: given, first } of windows(asAsync(lines), batch * batchesPerWindow, patience)) {
      const complaints = given.map((line, i) => (line.trim() === '' ? undefined : complaint(line, first + i + 1)));
      const bad = complaints.findIndex((one) => one !== undefined);
      // What stands before a line that cannot be translated is translated all the same.
      const items = bad < 0 ? given : given.slice(0, bad);
      const places = items.flatMap((line, i) => (line.trim() === '' ? [] : [i]));
      const made = await writer.generate(
        places.map((i) => items[i]!),
        decode,
        // What is drawn for a line depends on its number, not on when it came.
        { batch, signal, names: places.map((i) => first + i) },
      );
      const found = new Map(places.map((i, k) => [i, made[k]!]));
      for (const [i, source] of items.entries()) {
        const hypotheses = (found.get(i) ?? []).map(({ output, score, logProbability }) => ({
          text: String(output),
          score,
          logProbability,
        }));
        yield { source, text: hypotheses[0]?.text ?? '', hypotheses };
      }
      if (bad >= 0) throw complaints[bad];
    }
  }

  return {
    model,
    stream,
    async translate(lines, options) {
      const texts: string[] = [];
      for await (const { text } of stream(lines, options)) texts.push(text);
      return texts;
    },
    dispose: () => model.dispose(),
  };
};

/** Loads a translator from a run, a checkpoint or a model folder. The caller disposes it. */
export const loadTranslator = async (path: string, { task, ...options }: TranslatorOptions = {}): Promise<Translator> => {
  const model = await loadModel(path, { plugins: [textPlugin], ...options });
  try {
    return translatorOf(model, task);
  } catch (error) {
    model.dispose();
    throw error;
  }
};
