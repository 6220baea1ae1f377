import { AnyformerError, type Modality, tf } from '@anyformer/core';
import { type Picture, type PictureExample, type PictureSize, pictureCodec } from './codec.js';
import { type PictureBatch, patchEmbedder } from './embedder.js';

/** What {@link vision} takes. */
export interface VisionOptions extends PictureSize {
  /** Names the parameters `modality/<id>/…`. */
  readonly id: string;
  /** Side of a patch; divides width and height. */
  readonly patch: number;
}

/** Pictures of one size, cut into patches. */
export const vision = (options: VisionOptions): Modality<Picture, PictureExample, PictureBatch> => {
  const { id, width, height, channels, patch } = options;
  if (width % patch !== 0 || height % patch !== 0)
    throw new AnyformerError({
      code: 'vision/patch-size',
      who: `Modality '${id}'`,
      given: `pictures of ${width}x${height} and patches of ${patch}`,
      accepted: 'a patch that divides both sides',
      fix: 'Change patch, width or height.',
      exit: 2,
    });
  return {
    id,
    codec: pictureCodec(options),
    positions: () => (width / patch) * (height / patch),
    collate(examples) {
      const values = new Float32Array(examples.length * height * width * channels);
      examples.forEach((example, i) => values.set(example.values, i * height * width * channels));
      return { values: tf.tensor4d(values, [examples.length, height, width, channels]) };
    },
    embedder: patchEmbedder(options, patch),
  };
};
