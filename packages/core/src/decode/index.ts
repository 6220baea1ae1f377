export { beamSearch } from './beam.js';
export * from './decode.js';
export * from './length-penalty.js';
export * from './options.js';
export * from './processors.js';
export * from './scorer.js';
export { stepwise } from './stepwise.js';
