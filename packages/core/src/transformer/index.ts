export * from './stack.js';
export * from './transformer.js';
