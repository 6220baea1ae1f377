import { loadTranslator, type Translator, type TranslatorOptions } from './translator.js';

/** Like {@link loadTranslator}, also for folders in formats of other programs. */
export const openTranslator = async (path: string, options: TranslatorOptions = {}): Promise<Translator> => loadTranslator(path, options);
