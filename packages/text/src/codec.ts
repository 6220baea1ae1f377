import { AnyformerError, type Codec } from '@anyformer/core';
import type { TextCodec } from './codecs/index.js';

/** A text as ids, without start and end. */
export type TextExample = readonly number[];

/** What a text must be to enter the model. */
export interface TextLimits {
  /** The modality, in errors. */
  readonly id: string;
  /** Most ids of one text. */
  readonly lengthLimit: number;
}

/** Shows the beginning of a text in an error. */
const excerpt = (text: string): string => (text.length > 40 ? `'${text.slice(0, 40)}…'` : `'${text}'`);

/** Most characters of texts whose ids are remembered. */
const remembered = 1 << 24;

/**
 * A text codec as a modality's: what it cannot encode is an error that says so. Ids of the first texts are remembered, so that later epochs
 * of a corpus of a usual size cost nothing.
 */
export const checkedCodec = (codec: TextCodec, { id, lengthLimit }: TextLimits): Codec<string, TextExample> => {
  const known = new Map<string, TextExample>();
  let room = remembered;

  const encode = (raw: string): TextExample => {
    const refuse = (code: string, given: string, accepted: string, fix: string): never => {
      throw new AnyformerError({ code, who: `Text '${id}'`, given, accepted, fix, exit: 2 });
    };
    if (typeof raw !== 'string') return refuse('text/no-text', `${typeof raw} ${JSON.stringify(raw)}`, 'a text', 'Check the data.');
    const ids = codec.encode(raw);
    if (ids.length === 0) return refuse('text/empty', `a text without anything in it: ${excerpt(raw)}`, 'some text', 'Leave it out.');
    if (ids.length > lengthLimit)
      return refuse(
        'text/too-long',
        `${ids.length} ids for ${excerpt(raw)}`,
        `at most ${lengthLimit}, the modality's lengthLimit`,
        'Split the text, raise lengthLimit, or leave such lines out with data: { filter: { maxLength: … } }.',
      );
    return ids;
  };

  return {
    encode(raw) {
      const held = known.get(raw);
      if (held !== undefined) return held;
      const ids = encode(raw);
      if (raw.length <= room) {
        known.set(raw, ids);
        room -= raw.length;
      }
      return ids;
    },
    files: () => codec.files(),
  };
};

/** Fails where an id is none of the vocabulary's. */
export const requireIds = (ids: readonly number[], size: number, id: string): void => {
  const odd = ids.find((one) => !(Number.isInteger(one) && one >= 0 && one < size));
  if (odd === undefined) return;
  throw new AnyformerError({
    code: 'text/id-out-of-range',
    who: `Text '${id}'`,
    given: `id ${odd}`,
    accepted: `0 … ${size - 1}, the vocabulary's`,
    fix: 'Check that the ids were made by the codec of this model.',
  });
};
