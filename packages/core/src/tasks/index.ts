export * from './classification.js';
export * from './heads.js';
export * from './metrics.js';
