export * from './batches.js';
export * from './evaluate.js';
export * from './events.js';
export * from './gradients.js';
export * from './mixture.js';
export * from './state.js';
export * from './train.js';
export * from './trainer.js';
