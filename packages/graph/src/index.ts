export * from './codec.js';
export * from './data/dags.js';
export * from './embedder.js';
export * from './modality.js';
export { default } from './plugin.js';
export * from './tasks/feeds.js';
