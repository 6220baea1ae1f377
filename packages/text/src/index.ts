export * from './codec.js';
export * from './codecs/index.js';
export * from './data/open.js';
export * from './data/pair.js';
export * from './embedder.js';
export * from './metrics/index.js';
export * from './modality.js';
export { default, default as textPlugin } from './plugin.js';
export * from './tasks/translation.js';
