import { classification, type Task, type TaskKind } from '@anyformer/core';
import { z } from 'zod';
import { dags, kinds, type MarkedDag } from '../data/dags.js';

const options = z.strictObject({
  input: z.string().describe('id of a graph modality'),
  data: z
    .strictObject({
      kind: z.literal('dags'),
      smallest: z.int().min(2).default(5).describe('fewest nodes'),
      largest: z.int().min(2).max(512).default(12).describe('most nodes'),
      graphs: z.int().positive().default(10_000).describe('graphs in an epoch'),
    })
    .refine((data) => data.smallest <= data.largest, { path: ['largest'], message: 'must be at least smallest' }),
  labelSmoothing: z.number().min(0).max(0.99).default(0),
});

/** Which kind of node feeds the marked one? Solvable only by following edges: the smallest honest use of the attention bias. */
export const feedsClassification: TaskKind<z.infer<typeof options>, MarkedDag> = {
  kind: 'feeds-classification',
  options,
  uses: ({ input }) => [input],
  data: ({ data }, { seed }) => dags({ ...data, seed, epoch: data.graphs }),
  parts: ({ dag }, { input }) => [[input, dag]],
  create: ({ input, labelSmoothing }, { id, data, modality }): Task =>
    classification({
      id,
      data,
      input: modality(input),
      classes: kinds,
      raw: (example) => example.dag,
      label: (example) => example.label,
      labelSmoothing,
    }),
};
