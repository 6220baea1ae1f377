export * from './assemble.js';
export * from './choices.js';
export * from './config.js';
export * from './presets.js';
export * from './stack.js';
export * from './transformer.js';
