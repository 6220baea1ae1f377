import type { Command } from '@anyformer/core';
import { bleu } from './bleu.js';
import { dataGenerate, dataMulti30k } from './data.js';
import { translate } from './translate.js';

/** What this plug-in adds to the command line. */
export const commands: readonly Command[] = [translate, bleu, dataMulti30k, dataGenerate];
