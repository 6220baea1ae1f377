import { apiVersion, definePlugin, type ModalityKind } from '@anyformer/core';
import { z } from 'zod';
import { vision } from './modality.js';
import { shapeClassification } from './tasks/shapes.js';

const options = z.strictObject({
  width: z.int().positive(),
  height: z.int().positive(),
  channels: z.int().min(1).max(4).default(3),
  patch: z.int().positive().describe('side of a patch; divides width and height'),
});

const kind: ModalityKind<z.infer<typeof options>> = {
  kind: 'vision',
  options,
  create: (chosen, { id }) => vision({ id, ...chosen }),
};

export default definePlugin({ name: '@anyformer/vision', apiVersion, modalities: [kind], tasks: [shapeClassification] });
