import { apiVersion, definePlugin } from '@anyformer/core';
import { bleu } from './commands/bleu.js';
import { dataCheck, dataGenerate, dataMulti30k } from './commands/data.js';
import { importModel } from './commands/import.js';
import { translate } from './commands/translate.js';
import { textKind } from './kind.js';
import { sentenceClassification } from './tasks/sentence-classification.js';
import { translation } from './tasks/translation.js';

/** Texts as a modality, translation and sentence classification as tasks, and their commands. */
export default definePlugin({
  name: '@anyformer/text',
  apiVersion,
  modalities: [textKind],
  tasks: [sentenceClassification, translation],
  commands: [translate, bleu, dataCheck, dataMulti30k, dataGenerate, importModel],
});
