import { apiVersion, definePlugin } from '@anyformer/core';
import { commands } from './commands/index.js';
import { textKind } from './kind.js';
import { sentenceClassification } from './tasks/sentence-classification.js';
import { translation } from './tasks/translation.js';

export default definePlugin({
  name: '@anyformer/text',
  apiVersion,
  modalities: [textKind],
  tasks: [sentenceClassification, translation],
  commands,
});
