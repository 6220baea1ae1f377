import { apiVersion, definePlugin } from '@anyformer/core';
import { commands } from './commands/index.js';
import { textKind } from './kind.js';
import { translation } from './tasks/translation.js';

export default definePlugin({ name: '@anyformer/text', apiVersion, modalities: [textKind], tasks: [translation], commands });
