import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeFolder } from '@anyformer/core';
import { importCTranslate2 } from '../import/ctranslate2.js';
import { loadTranslator, type Translator, type TranslatorOptions } from './translator.js';

const isFile = async (file: string): Promise<boolean> => (await stat(file).catch(() => undefined))?.isFile() ?? false;

/** Like {@link loadTranslator}, and also takes a folder of CTranslate2 (see {@link importCTranslate2}). */
export const openTranslator = async (folder: string, options: TranslatorOptions = {}): Promise<Translator> => {
  if (!(await isFile(path.join(folder, 'model.bin')))) return loadTranslator(folder, options);
  const passing = await mkdtemp(path.join(tmpdir(), 'anyformer-'));
  try {
    const imported = path.join(passing, 'model');
    await writeFolder(imported, await importCTranslate2(folder));
    return await loadTranslator(imported, options);
  } finally {
    await rm(passing, { recursive: true, force: true });
  }
};
