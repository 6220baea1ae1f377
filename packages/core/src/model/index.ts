export * from './check-sequence.js';
export * from './model.js';
