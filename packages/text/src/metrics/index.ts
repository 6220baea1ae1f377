export * from './bleu.js';
export * from './chrf.js';
export { type TokenizerName, tokenizers } from './tokenizers.js';
export * from './translation.js';
