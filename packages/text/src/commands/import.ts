import { AnyformerError, type Command } from '@anyformer/core';

/** `anyformer import`: a model of another program as a model folder of ours. */
export const importModel: Command = {
  name: 'import',
  describe: 'turn a model of CTranslate2 into a model folder',
  arguments: [{ name: 'FOLDER', describe: 'with model.bin, source_vocabulary.txt and target_vocabulary.txt', required: true }],
  options: [{ flags: '--to <folder>', describe: 'a new folder' }],
  examples: ['anyformer import ctranslate2-model --to models/mine', 'anyformer attend models/mine --input …'],
  async run({ arguments: [folder], options, json, out }) {
    const { to } = options;
    if (typeof to !== 'string' || to === '')
      throw new AnyformerError({
        code: 'usage/missing-option',
        who: 'anyformer import',
        given: 'no --to',
        accepted: '--to <folder>',
        exit: 2,
      });
    const [{ importCTranslate2 }, { writeNewFolder }, { writeFolder }] = await Promise.all([
      import('../import/ctranslate2.js'),
      import('../data/write-folder.js'),
      import('@anyformer/core'),
    ]);
    const files = await importCTranslate2(String(folder));
    await writeNewFolder(to, (beside) => writeFolder(beside, files));
    await out(json ? JSON.stringify({ folder: to, files: [...files.keys()] }) : `${to}: ${[...files.keys()].join(' ')}`);
  },
};
