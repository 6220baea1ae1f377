import { type Clause, englishStatement, germanMain } from './clause.js';
import type { Drawing } from './draw.js';
import type { PronounSentence } from './pronoun-sentences.js';

/** A sentence in both languages, before it is made to begin with a capital. */
export interface Draft {
  readonly english: string;
  readonly german: string;
  readonly pronoun?: PronounSentence;
}

/** Draws one sentence. */
export type Maker = (drawing: Drawing) => Draft;

/** A clause as a sentence of its own. */
export const statement = (clause: Clause): Draft => ({ english: `${englishStatement(clause)}.`, german: `${germanMain(clause)}.` });
