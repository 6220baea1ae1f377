export * from './codec.js';
export * from './data/shapes.js';
export * from './embedder.js';
export * from './modality.js';
export { default } from './plugin.js';
export * from './tasks/shapes.js';
