export * from './classification.js';
export * from './generation.js';
export * from './generation-metrics.js';
export * from './generation-model.js';
export * from './generation-scorer.js';
export * from './heads.js';
export * from './metrics.js';
export * from './teacher-forced.js';
