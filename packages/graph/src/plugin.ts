import { apiVersion, definePlugin, type ModalityKind } from '@anyformer/core';
import { z } from 'zod';
import { graph } from './modality.js';
import { feedsClassification } from './tasks/feeds.js';

const options = z.strictObject({
  features: z.int().positive().describe('numbers per node'),
});

const kind: ModalityKind<z.infer<typeof options>> = {
  kind: 'graph',
  options,
  create: (chosen, { id }) => graph({ id, ...chosen }),
};

export default definePlugin({ name: '@anyformer/graph', apiVersion, modalities: [kind], tasks: [feedsClassification] });
