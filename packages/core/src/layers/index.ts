export * from './attention.js';
export * from './dense.js';
export * from './drop.js';
export * from './feed-forward.js';
export * from './linear-unembedder.js';
export * from './norm.js';
export * from './norm-placement.js';
export * from './site.js';
