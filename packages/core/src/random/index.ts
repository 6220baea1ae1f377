export * from './random.js';
export { seedOf } from './seed.js';
export * from './stream.js';
