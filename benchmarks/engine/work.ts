import type { Row } from './rows.js';
import { attentionWork } from './works/attention.js';
import { productWork } from './works/product.js';
import { decoding, languageTraining, translationTraining } from './works/translation.js';
import { vision, visionTraining } from './works/vision.js';

/** What a row does once per repetition. */
export type Work = () => Promise<void>;

/** Builds a row's model on the engine in use. */
export const workOf = (row: Row): Work => {
  switch (row.kind) {
    case 'translation-training':
      return translationTraining(row);
    case 'language-training':
      return languageTraining(row);
    case 'translation-decoding':
      return decoding(row);
    case 'vision':
      return vision(row);
    case 'vision-training':
      return visionTraining(row);
    case 'attention':
      return attentionWork(row);
    case 'product':
      return productWork(row);
  }
};
