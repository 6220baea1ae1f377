export * from './bpe.js';
export { type BpeLevel, byteAlphabet } from './bpe-level.js';
export * from './bpe-trainer.js';
export * from './restore.js';
export * from './text-codec.js';
export * from './tokenizer-json.js';
export * from './vocabulary.js';
