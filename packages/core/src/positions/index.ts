export * from './alibi.js';
export * from './learned.js';
export * from './relative-buckets.js';
export * from './rotary.js';
export * from './scheme.js';
export * from './sinusoidal.js';
