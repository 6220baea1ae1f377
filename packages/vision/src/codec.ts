import { AnyformerError, type Codec } from '@anyformer/core';

/** A picture as bytes, row by row, channels interleaved: `data.length = height * width * channels`. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

/** What the codec makes of a picture: its values scaled to [-1, 1], in the same order. */
export interface PictureExample {
  readonly values: Float32Array;
}

/** Of pictures that are all alike. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** Bytes to values in [-1, 1]. Every picture must have the given size. */
export const pictureCodec = (size: PictureSize): Codec<Picture, PictureExample> => ({
  encode(picture) {
    const expected = `${size.width}x${size.height}x${size.channels}`;
    const given = `${picture.width}x${picture.height}x${picture.channels}`;
    const length = size.width * size.height * size.channels;
    if (given !== expected || picture.data.length !== length)
      throw new AnyformerError({
        code: 'vision/picture-size',
        who: 'The picture codec',
        given: `a picture of ${given} (${picture.data.length} bytes)`,
        accepted: `${expected} (${length} bytes)`,
        fix: 'Resize the picture, or change width, height or channels of the modality.',
        exit: 2,
      });
    const values = new Float32Array(length);
    for (let i = 0; i < length; i++) values[i] = (picture.data[i]! - 127.5) / 127.5;
    return { values };
  },
  files: () => ({}),
});
