import { classification, type Task, type TaskKind } from '@anyformer/core';
import { z } from 'zod';
import { type LabelledPicture, shapeNames, shapes } from '../data/shapes.js';

const options = z.strictObject({
  input: z.string().describe('id of a vision modality'),
  data: z.strictObject({
    kind: z.literal('shapes'),
    side: z.int().min(8).max(256).default(20).describe('width and height of the pictures'),
    pictures: z.int().positive().default(10_000).describe('pictures in an epoch'),
  }),
  labelSmoothing: z.number().min(0).max(0.99).default(0),
});

/** Tells generated shapes apart: the smallest honest use of patches. */
export const shapeClassification: TaskKind<z.infer<typeof options>, LabelledPicture> = {
  kind: 'shape-classification',
  options,
  uses: ({ input }) => [input],
  data: ({ data }, { seed }) => shapes({ side: data.side, seed, epoch: data.pictures }),
  parts: ({ picture }, { input }) => [[input, picture]],
  create: ({ input, labelSmoothing }, { id, data, modality }): Task =>
    classification({
      id,
      data,
      input: modality(input),
      classes: shapeNames,
      raw: (example) => example.picture,
      label: (example) => example.label,
      labelSmoothing,
    }),
};
